import { policySubject } from "@countersign/engine/policy/policy-subject";
import { selectScope } from "@countersign/engine/policy/select-scope";
import { digestOf } from "@countersign/engine/values/digest";
import { dockerImage } from "@countersign/engine/values/located-image";
import { gatherTrust, noTrust, type TrustPorts } from "@countersign/engine/verify/gather-trust";
import type { Needs } from "@countersign/engine/verify/needs";
import { planEvidence, trustFilesOf, trustNeedsOf } from "@countersign/engine/verify/plan";
import type { EvidenceShelf } from "@countersign/sources/evidence/evidence-shelf";
import { isSettled } from "../policy/file-version.ts";
import type { PolicyFiles } from "../policy/policy-files.ts";
import { candidateDigests } from "./present-image.ts";
import type { Foundations } from "./remembered-verdicts.ts";

/** The key and CA files that the policy names for the image, its trusted roots, and what is kept of its digests. */
export function verdictFoundations(
  files: Pick<PolicyFiles, "identify">,
  shelf: Pick<EvidenceShelf, "revision">,
  clock: { now(): number },
  trust: TrustPorts,
): Foundations {
  return {
    async stamp({ asked, present, policy }) {
      const { requirements } = selectScope(policy.policy, policySubject(dockerImage(asked)));
      const plan = planEvidence(requirements);
      const paths = [...trustFilesOf(plan)];
      const identities = await Promise.all(paths.map((path) => files.identify(path).catch(() => undefined)));
      const now = clock.now();
      if (identities.some((identity) => identity === undefined || !isSettled(identity, now)))
        return undefined;
      const roots = await rootDigests(trustNeedsOf(plan), trust);
      if (roots === undefined) return undefined;
      const kept = candidateDigests(present, asked).map((digest) => shelf.revision(digest));
      const parts = identities.map((identity) => identity && Object.values(identity).map(String));
      return JSON.stringify([parts, roots, kept]);
    },
  };
}

/** Of all TUF repositories, what they say now; undefined if one says nothing. Whoever serves them keeps them at hand. */
async function rootDigests(needs: Needs, trust: TrustPorts): Promise<readonly string[] | undefined> {
  if (needs.trustRepositories.size === 0) return [];
  const gathering = gatherTrust(needs, noTrust, trust, AbortSignal.timeout(patience));
  const trustedRoots = await gathering.then((gathered) => gathered.trustedRoots).catch(() => undefined);
  if (trustedRoots === undefined) return undefined;
  const digests = [...trustedRoots.values()].flatMap((root) =>
    root.type === "read" ? [digestOf(root.bytes)] : [],
  );
  return digests.length === trustedRoots.size ? digests : undefined;
}

/** In milliseconds. Who cannot tell so soon is asked when the image is judged. */
const patience = 1000;
