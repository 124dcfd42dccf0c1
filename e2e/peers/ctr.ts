import { newerProgram, run } from "./programs.ts";

/** containerd's own client in the kubelet's namespace, past every gate: how administrators and preloaders bring images in. */
export async function ctr(socket: string, ...args: readonly string[]): Promise<string> {
  return await run(newerProgram("ctr"), ["--address", socket, "--namespace", "k8s.io", ...args]);
}
