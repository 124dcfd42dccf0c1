import type { Clock } from "@countersign/engine/verify/ports";
import { gatewayFlags } from "../gateway-flags.ts";
import { parseEndpoint } from "../runtime/runtime-endpoint.ts";
import { type ClockState, clockState } from "./facts/clock-state.ts";
import { type ContainerdSetup, containerdSetup } from "./facts/containerd-setup.ts";
import { type CrictlSetup, crictlSetup } from "./facts/crictl-setup.ts";
import { type CrioSetup, crioSetup } from "./facts/crio-setup.ts";
import { type Destination, destinations, usualRuntimeSockets } from "./facts/destinations.ts";
import { isEnabled } from "./facts/enabled-units.ts";
import { type EvidenceState, evidenceState } from "./facts/evidence-state.ts";
import { type GatewaySetup, gatewaySetup } from "./facts/gateway-setup.ts";
import { type EndpointStatement, type KubeletSetup, kubeletSetup } from "./facts/kubelet-setup.ts";
import { openFilesLimit } from "./facts/open-files.ts";
import { type PoliciesState, policiesState } from "./facts/policies-state.ts";
import { type RuntimeInUse, runtimeInUse } from "./facts/runtime-in-use.ts";
import { type SocketAccess, socketAccess } from "./facts/socket-access.ts";
import { containersReaching, type ExposedSocket } from "./facts/socket-mounts.ts";
import { readServices } from "./facts/systemd-units.ts";
import { type VerifierDirectory, verifierDirectory } from "./facts/verifier-directory.ts";
import type { LiveNode, VersionAnswer } from "./node/live-node.ts";
import type { NodeFiles } from "./node/node-files.ts";
import { readProcesses } from "./node/processes.ts";

/** A node to look at. */
export interface NodeView {
  readonly files: NodeFiles;
  /** undefined for the files of a node that does not run */
  readonly live: LiveNode | undefined;
  readonly clock: Clock;
}

/** Everything that the checks judge by. Nothing here is judged yet. */
export interface NodeFacts {
  readonly isLive: boolean;
  /** whether processes of others are seen at all */
  readonly seesProcesses: boolean;
  readonly gateway: GatewaySetup;
  /** whether the gateway's unit is started with the machine; undefined without a unit */
  readonly isGatewayEnabled: boolean | undefined;
  /** of the gateway's process; undefined when that is not known */
  readonly openFiles: number | undefined;
  /** who they say they are; undefined where nobody can be asked */
  readonly gatewayVersion: VersionAnswer | undefined;
  readonly runtimeVersion: VersionAnswer | undefined;
  readonly kubelet: KubeletSetup;
  readonly kubeletEndpoints: readonly (EndpointStatement & { readonly leadsTo: Destination })[];
  /** as the kubelet prints it; undefined when it cannot be asked */
  readonly kubeletVersion: string | undefined;
  readonly crictl: CrictlSetup;
  readonly crictlEndpoints: readonly { readonly endpoint: string; readonly leadsTo: Destination }[];
  readonly runtime: RuntimeInUse;
  readonly containerd: ContainerdSetup;
  readonly verifiers: VerifierDirectory;
  /** names of registries that have a directory where containerd looks for one */
  readonly configuredHosts: readonly string[];
  readonly crio: CrioSetup;
  readonly gatewaySocket: SocketAccess;
  /** of the runtime behind the gateway, or of those that are there */
  readonly runtimeSockets: readonly SocketAccess[];
  readonly exposed: readonly ExposedSocket[];
  readonly policies: PoliciesState;
  readonly evidence: EvidenceState;
  /** undefined for a node that does not run */
  readonly clock: ClockState | undefined;
}

/** Where containerd 2.2 and later looks when it is not told. */
export const usualRegistryConfigPath = "/etc/containerd/certs.d:/etc/docker/certs.d";

/** Looks at everything once. Never throws for what it finds, and changes nothing. */
export async function gatherNodeFacts({ files, live, clock }: NodeView): Promise<NodeFacts> {
  const processes = live === undefined ? [] : await readProcesses(files);
  const services = await readServices(files);
  const gateway = gatewaySetup(processes, services);
  const { config, running, unit } = gateway;
  const listen = config?.listen.path ?? defaultOf("listen").replace("unix://", "");
  const kubelet = await kubeletSetup(files, processes, services);
  const crictl = await crictlSetup(files);
  const containerd = await containerdSetup(files, processes);
  const crio = await crioSetup(files, processes);
  const runtimes = config === undefined ? [] : [config.runtimeEndpoint.path, config.imageEndpoint.path];
  const leadsTo = await destinations({ gateway: listen, runtimes }, files);
  const runtimeSockets = await socketsOf(runtimes, files, processes);
  const runtimeSocket = config?.runtimeEndpoint.path ?? runtimeSockets.at(0)?.path;
  const evidenceDirectory = config?.evidenceDir ?? defaultOf("evidence-dir");
  const places = {
    global: config?.signaturePolicy ?? defaultOf("signature-policy"),
    directory: config?.signaturePolicyDir,
  };
  return {
    isLive: live !== undefined,
    seesProcesses: processes.some(({ pid }) => pid === 1),
    gateway,
    isGatewayEnabled: unit === undefined ? undefined : await isEnabled(unit.unit.file, files),
    openFiles: running === undefined ? undefined : await openFilesLimit(running.pid, files),
    gatewayVersion: config === undefined ? undefined : await live?.version(config.listen),
    runtimeVersion:
      runtimeSocket === undefined ? undefined : await live?.version(parseEndpoint(runtimeSocket)),
    kubelet,
    kubeletEndpoints: await Promise.all(
      kubelet.statements.map(async (one) => ({ ...one, leadsTo: await leadsTo(one.endpoint) })),
    ),
    kubeletVersion: kubelet.pid === undefined ? undefined : await live?.programVersion(kubelet.pid),
    crictl,
    crictlEndpoints: await Promise.all(
      endpointsOf(crictl).map(async (endpoint) => ({ endpoint, leadsTo: await leadsTo(endpoint) })),
    ),
    runtime: runtimeInUse(config, containerd, crio),
    containerd,
    verifiers: await verifierDirectory(containerd.verifierDirectory, files),
    configuredHosts: await namesIn(
      (containerd.registryConfigPath ?? usualRegistryConfigPath).split(":"),
      files,
    ),
    crio,
    gatewaySocket: await socketAccess(listen, files, processes),
    runtimeSockets,
    exposed: await exposedSockets(runtimeSockets, files, processes),
    policies: await policiesState(places, files, clock),
    evidence: await evidenceState(
      evidenceDirectory,
      files,
      (await live?.isReadOnly(evidenceDirectory)) ?? false,
    ),
    clock: live === undefined ? undefined : await clockState(clock, files, processes),
  };
}

function defaultOf(flag: "listen" | "evidence-dir" | "signature-policy"): string {
  const found = gatewayFlags.find(({ name }) => name === flag);
  return found !== undefined && "default" in found ? found.default : "";
}

function endpointsOf(crictl: CrictlSetup): readonly string[] {
  if (crictl.type !== "read") return [];
  return [crictl.runtimeEndpoint, crictl.imageEndpoint].filter((endpoint) => endpoint !== "");
}

/** Those that were named; if none was, those that are where packages put them. */
async function socketsOf(
  named: readonly string[],
  files: NodeFiles,
  processes: Parameters<typeof socketAccess>[2],
): Promise<readonly SocketAccess[]> {
  const paths = named.length > 0 ? new Set(named) : new Set<string>(usualRuntimeSockets);
  const all = await Promise.all([...paths].map((path) => socketAccess(path, files, processes)));
  return named.length > 0 ? all : all.filter(({ socket }) => socket.type !== "missing");
}

async function exposedSockets(
  sockets: readonly SocketAccess[],
  files: NodeFiles,
  processes: Parameters<typeof containersReaching>[2],
): Promise<readonly ExposedSocket[]> {
  const found: ExposedSocket[] = [];
  for (const { socket } of sockets) {
    if (socket.type === "found")
      found.push(...(await containersReaching(socket.file.path, files, processes)));
  }
  return found;
}

async function namesIn(directories: readonly string[], files: NodeFiles): Promise<readonly string[]> {
  const listings = await Promise.all(directories.map((directory) => files.list(directory)));
  return listings.flatMap((listing) => (listing.type === "listed" ? listing.names : []));
}
