import { posix } from "node:path";
import type { NodeFiles } from "../node/node-files.ts";

/** Whom a program talks to that uses an endpoint. */
export type Destination = "gateway" | "runtime" | "elsewhere";

/** Sockets of runtimes where their packages put them. */
export const usualRuntimeSockets = [
  "/run/containerd/containerd.sock",
  "/run/crio/crio.sock",
  "/run/k3s/containerd/containerd.sock",
  "/run/cri-dockerd.sock",
] as const;

export interface Sockets {
  /** undefined when no gateway is known */
  readonly gateway: string | undefined;
  readonly runtimes: readonly string[];
}

/**
 * Finds out where endpoints lead, by the socket that is behind them: a symbolic link is no other way, and `/var/run` is
 * `/run`. Who names the runtime's socket by any path goes past the gateway.
 */
export async function destinations(
  { gateway, runtimes }: Sockets,
  files: NodeFiles,
): Promise<(endpoint: string) => Promise<Destination>> {
  const gatewayPath = gateway === undefined ? undefined : await socketPath(gateway, files);
  const named = [...runtimes, ...usualRuntimeSockets].map((path) => socketPath(path, files));
  const runtimePaths = new Set(await Promise.all(named));
  return async (endpoint) => {
    const path = await socketPath(endpoint.replace(/^unix:(\/\/)?/, ""), files);
    if (path === gatewayPath) return "gateway";
    return runtimePaths.has(path) ? "runtime" : "elsewhere";
  };
}

/** The socket's own path; of one that is not there, the path it would have. */
async function socketPath(path: string, files: NodeFiles): Promise<string> {
  const looked = await files.look(path);
  if (looked.type === "found") return looked.file.path;
  const directory = await files.look(posix.dirname(path));
  return directory.type === "found" ? posix.join(directory.file.path, posix.basename(path)) : path;
}
