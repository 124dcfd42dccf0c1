import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { freePort } from "../peers/free-port.ts";
import { openRoom } from "../peers/room.ts";
import { makeScratch } from "../peers/scratch.ts";
import { binary } from "./binaries.ts";

/** The real kubelet, with a container runtime's socket as an administrator gives it one. */
export interface Kubelet {
  start(): Promise<void>;
  /** The pods whose manifests are there it runs by itself, whatever an API server says. */
  readonly staticPods: string;
  /** Its pods go on. */
  kill(): Promise<void>;
  log(): Promise<string>;
  close(): Promise<void>;
}

export interface KubeletSettings {
  readonly node: string;
  readonly kubeconfig: string;
  /** All it knows of a runtime. */
  readonly runtimeSocket: string;
  /** Where pods belong in the cgroup tree. */
  readonly cgroupParent: string;
}

export async function startKubelet({ node, kubeconfig, ...settings }: KubeletSettings): Promise<Kubelet> {
  const scratch = await makeScratch("kubelet");
  const staticPods = join(scratch.path, "static-pods");
  await mkdir(staticPods);
  const configuration = join(scratch.path, "config.json");
  await writeFile(
    configuration,
    JSON.stringify(kubeletConfiguration({ directory: scratch.path, staticPods }, await freePort(), settings)),
  );
  const room = await openRoom({
    program: [
      binary("kubelet"),
      ...[`--config=${configuration}`, `--kubeconfig=${kubeconfig}`, `--hostname-override=${node}`],
      ...[`--root-dir=${join(scratch.path, "root")}`, `--cert-dir=${join(scratch.path, "certificates")}`],
    ],
    suite: "machine",
    directory: scratch.path,
    // Device plugins and links to logs go to these whatever the configuration says.
    privateDirectories: ["/var/lib/kubelet", "/var/log/containers"],
  });
  await room.start();
  return {
    staticPods,
    start: () => room.start(),
    kill: async () => void (await room.stop("KILL")),
    log: () => room.log(),
    close: async () => {
      await room.close();
      await scratch.remove();
    },
  };
}

/** kubelet.config.k8s.io/v1beta1 */
function kubeletConfiguration(
  { directory, staticPods }: { readonly directory: string; readonly staticPods: string },
  port: number,
  { runtimeSocket, cgroupParent }: Omit<KubeletSettings, "node" | "kubeconfig">,
): object {
  return {
    kind: "KubeletConfiguration",
    apiVersion: "kubelet.config.k8s.io/v1beta1",
    containerRuntimeEndpoint: `unix://${runtimeSocket}`,
    ...{ address: "127.0.0.1", port, healthzPort: 0 },
    authentication: { anonymous: { enabled: true }, webhook: { enabled: false } },
    authorization: { mode: "AlwaysAllow" },
    staticPodPath: staticPods,
    podLogsDir: join(directory, "pods"),
    // The machine is not this kubelet's own: it shall keep nothing for itself, and run on what there is.
    ...{ cgroupDriver: "cgroupfs", cgroupRoot: cgroupParent, cgroupsPerQOS: false, failCgroupV1: false },
    ...{ enforceNodeAllocatable: [], localStorageCapacityIsolation: false, failSwapOn: false },
    ...{ makeIPTablesUtilChains: false, evictionHard: { "memory.available": "1Mi" } },
    ...{ imageGCHighThresholdPercent: 100, imageGCLowThresholdPercent: 99, resolvConf: "" },
    // How soon a pod's container is tried again after it could not be made.
    ...{ syncFrequency: "5s", nodeStatusUpdateFrequency: "2s", nodeStatusReportFrequency: "10s" },
  };
}
