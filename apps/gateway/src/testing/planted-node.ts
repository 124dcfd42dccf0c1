import type { LiveNode } from "../doctor/node/live-node.ts";
import type { NodeView } from "../doctor/node-facts.ts";
import { type Planted, plantedFiles } from "./planted-files.ts";

/** A node that is made up: its files, and what it answers. */
export interface PlantedNode {
  readonly tree: Readonly<Record<string, Planted>>;
  /** by endpoint's path, what Version gives; anything else does not answer */
  readonly runtimes: Readonly<Record<string, string>>;
  readonly kubeletVersion: string | undefined;
  readonly readOnly: readonly string[];
  /** milliseconds since 1970 */
  readonly now: number;
}

const digest = `sha256:${"a".repeat(64)}`;

export const gatewayUnit = "/etc/systemd/system/countersign-gateway.service";
export const gatewayEndpoint = "unix:///run/countersign/cri.sock";
export const containerdEndpoint = "unix:///run/containerd/containerd.sock";

const gatewayFlags = [
  ...["--runtime-endpoint", containerdEndpoint, "--signature-policy-dir", "/etc/countersign/policies"],
  ...["--registry-config-path", "/etc/containerd/certs.d"],
];

/** The files by which a process is seen. */
export function plantedProcess(
  pid: number,
  name: string,
  argv: readonly string[],
  {
    uid = 0,
    gids = [0],
    mounts = "host",
  }: { readonly uid?: number; readonly gids?: readonly number[]; readonly mounts?: string } = {},
): Readonly<Record<string, Planted>> {
  const ids = Array.from({ length: 4 }, () => uid).join("\t");
  const status = `Name:\t${name.slice(0, 15)}\nUid:\t${ids}\nGid:\t${ids}\nGroups:\t${gids.join(" ")} \n`;
  return {
    [`/proc/${pid}/status`]: status,
    [`/proc/${pid}/cmdline`]: argv.map((word) => `${word}\0`).join(""),
    [`/proc/${pid}/ns/mnt`]: { link: `mnt:[${mounts}]` },
  };
}

export const runningGateway = plantedProcess(700, "node", [
  ...["/opt/countersign/node", "--max-semi-space-size=1", "/opt/countersign/countersign.mjs", "gateway"],
  ...gatewayFlags,
]);

/** A node on which every check has nothing to complain of. */
export const healthyNode: PlantedNode = {
  tree: {
    ...plantedProcess(1, "systemd", ["/sbin/init"]),
    "/proc/1/mountinfo": "22 1 8:1 / / rw - ext4 /dev/sda1 rw\n23 22 0:24 / /run rw - tmpfs tmpfs rw\n",
    ...plantedProcess(300, "chronyd", ["/usr/sbin/chronyd"]),
    ...plantedProcess(500, "containerd", ["/usr/bin/containerd"]),
    ...runningGateway,
    "/proc/700/limits":
      "Limit                     Soft Limit           Hard Limit           Units     \nMax open files            524288               524288               files     \n",
    ...plantedProcess(900, "kubelet", ["/usr/bin/kubelet", "--config=/var/lib/kubelet/config.yaml"]),
    [gatewayUnit]: `[Unit]\nStartLimitIntervalSec=0\n[Service]\nExecStart=/usr/local/bin/countersign gateway \\\n  ${gatewayFlags.join(" \\\n  ")}\nRestart=always\n`,
    "/etc/systemd/system/kubelet.service.wants/countersign-gateway.service": { link: gatewayUnit },
    "/var/lib/kubelet/config.yaml": `kind: KubeletConfiguration\ncontainerRuntimeEndpoint: ${gatewayEndpoint}\n`,
    "/etc/crictl.yaml": `runtime-endpoint: ${gatewayEndpoint}\nimage-endpoint: ${gatewayEndpoint}\n`,
    "/run/containerd": { kind: "directory", mode: 0o700 },
    "/run/containerd/containerd.sock": { kind: "socket", mode: 0o660 },
    "/run/countersign/cri.sock": { kind: "socket", mode: 0o660 },
    "/etc/containerd/config.toml": `version = 3\n[plugins."io.containerd.cri.v1.images".pinned_images]\nsandbox = "registry.k8s.io/pause@${digest}"\n[plugins."io.containerd.cri.v1.images".registry]\nconfig_path = "/etc/containerd/certs.d"\n`,
    "/etc/containerd/certs.d/docker.io/hosts.toml": "",
    "/etc/containers/policy.json": '{"default":[{"type":"reject"}]}',
    "/etc/countersign/policies/shop.json": '{"default":[{"type":"reject"}]}',
    "/var/lib/countersign/evidence": { kind: "directory", mode: 0o700 },
  },
  runtimes: {
    "/run/countersign/cri.sock": "containerd v2.1.9",
    "/run/containerd/containerd.sock": "containerd v2.1.9",
  },
  kubeletVersion: "Kubernetes v1.36.2",
  readOnly: [],
  now: Date.UTC(2026, 10, 22),
};

export function viewOf({
  tree,
  runtimes,
  kubeletVersion,
  readOnly,
  now,
}: PlantedNode): NodeView & { readonly live: LiveNode } {
  return {
    files: plantedFiles(tree),
    live: {
      async version({ path }) {
        const runtime = runtimes[path];
        return runtime === undefined
          ? { type: "failed", why: "connection refused" }
          : { type: "answered", runtime };
      },
      programVersion: async () => kubeletVersion,
      isReadOnly: async (path) => readOnly.includes(path),
    },
    clock: { now: () => now },
  };
}
