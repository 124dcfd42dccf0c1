import { checkClock } from "./checks/clock.ts";
import { checkCrictlEndpoint } from "./checks/crictl-endpoint.ts";
import { checkCrioPolicy } from "./checks/crio-policy.ts";
import { checkEvidence } from "./checks/evidence.ts";
import { checkGatewayAnswers } from "./checks/gateway-answers.ts";
import { checkGatewaySetup } from "./checks/gateway-setup.ts";
import { checkGatewayUnit } from "./checks/gateway-unit.ts";
import { checkImageSources } from "./checks/image-sources.ts";
import { checkImageVerifier } from "./checks/image-verifier.ts";
import { checkKubeletEndpoint } from "./checks/kubelet-endpoint.ts";
import { checkKubeletVersion } from "./checks/kubelet-version.ts";
import { checkOpenFiles } from "./checks/open-files.ts";
import { checkPauseImage } from "./checks/pause-image.ts";
import { checkPolicies } from "./checks/policies.ts";
import { checkRuntimeConfiguration } from "./checks/runtime-configuration.ts";
import { checkRuntimeTcp } from "./checks/runtime-tcp.ts";
import { checkSnapshotters } from "./checks/snapshotters.ts";
import { checkGatewaySocket, checkRuntimeSocket } from "./checks/socket-access.ts";
import { checkSocketMounts } from "./checks/socket-mounts.ts";
import type { Finding, Observation } from "./finding.ts";
import { gatherNodeFacts, type NodeFacts, type NodeView } from "./node-facts.ts";

/** Every check by its name, which is API, in the order in which they are told: first whether there is a gate at all. */
export const checks: Readonly<Record<string, (facts: NodeFacts) => readonly Observation[]>> = {
  "gateway-setup": checkGatewaySetup,
  "gateway-answers": checkGatewayAnswers,
  "gateway-unit": checkGatewayUnit,
  "open-files": checkOpenFiles,
  "kubelet-endpoint": checkKubeletEndpoint,
  "kubelet-version": checkKubeletVersion,
  "crictl-endpoint": checkCrictlEndpoint,
  "runtime-socket": checkRuntimeSocket,
  "gateway-socket": checkGatewaySocket,
  "socket-mounts": checkSocketMounts,
  "runtime-tcp": checkRuntimeTcp,
  "runtime-configuration": checkRuntimeConfiguration,
  "pause-image": checkPauseImage,
  "image-sources": checkImageSources,
  snapshotters: checkSnapshotters,
  "image-verifier": checkImageVerifier,
  "crio-policy": checkCrioPolicy,
  policies: checkPolicies,
  evidence: checkEvidence,
  clock: checkClock,
};

/** Looks at a node once, and says what of it keeps images from being verified, or pods from starting. */
export async function examineNode(node: NodeView): Promise<readonly Finding[]> {
  const facts = await gatherNodeFacts(node);
  return Object.entries(checks).flatMap(([check, judge]) =>
    judge(facts).map((observation) => ({ check, ...observation })),
  );
}
