/** How the two containerds spell the same wishes. */
export type ContainerdVersion = "1.6" | "2.1";

/** Both run side by side with whatever the machine runs: no path outside `directory`, no port chosen in advance. */
export interface ContainerdSettings {
  readonly version: ContainerdVersion;
  readonly directory: string;
  readonly socket: string;
  /** What pods are held open with; pulled by containerd itself, so no gateway sees it. */
  readonly pauseImage: string;
  /** Where its hosts.toml are; it is configured with none when undefined. */
  readonly registryConfigPath: string | undefined;
}

export function containerdConfig(settings: ContainerdSettings): string {
  const { directory, registryConfigPath = "" } = settings;
  const common = `
root = "${directory}/root"
state = "${directory}/state"
[grpc]
address = "${settings.socket}"
[ttrpc]
address = "${directory}/containerd.ttrpc"
`;
  return settings.version === "1.6"
    ? `version = 2
${common}
[plugins."io.containerd.grpc.v1.cri"]
sandbox_image = "${settings.pauseImage}"
# Without CAP_SYS_RESOURCE a pod asking for a lower OOM score than containerd's own does not start.
restrict_oom_score_adj = true
[plugins."io.containerd.grpc.v1.cri".cni]
conf_dir = "${directory}/cni"
[plugins."io.containerd.grpc.v1.cri".registry]
config_path = "${registryConfigPath}"
[plugins."io.containerd.internal.v1.opt"]
path = "${directory}/opt"
`
    : `version = 3
${common}
[plugins."io.containerd.cri.v1.images".pinned_images]
sandbox = "${settings.pauseImage}"
[plugins."io.containerd.cri.v1.images".registry]
config_path = "${registryConfigPath}"
[plugins."io.containerd.cri.v1.runtime"]
restrict_oom_score_adj = true
[plugins."io.containerd.cri.v1.runtime".cni]
conf_dir = "${directory}/cni"
bin_dirs = ["/usr/lib/cni"]
[plugins."io.containerd.nri.v1.nri"]
disable = true
# Not there, and so nobody is asked, until somebody puts a program into it.
[plugins."io.containerd.image-verifier.v1.bindir"]
bin_dir = "${directory}/verifiers"
[plugins."io.containerd.internal.v1.opt"]
path = "${directory}/opt"
`;
}
