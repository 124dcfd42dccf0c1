import { mkdir, readdir, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { connectCri } from "@countersign/testkit/cri-client/cri-client";
import { removeCgroups } from "./cgroups.ts";
import { type ContainerdVersion, containerdConfig } from "./containerd-config.ts";
import { newerProgram, run } from "./programs.ts";
import { openRoom, waitUntilListening } from "./room.ts";
import { makeScratch } from "./scratch.ts";
import { startedOrClosed } from "./started-or-closed.ts";

/** A real containerd with nothing in it. Its pods live in its room: closing it ends them. */
export interface Containerd {
  readonly version: ContainerdVersion;
  readonly socket: string;
  /** With its config.toml, which counts from the next start; in 2.x, what is in `verifiers` is asked before each pull. */
  readonly directory: string;
  /** Where it looks for CNI's configuration, whenever a file appears there. */
  readonly networkDirectory: string;
  /** Where pods belong in the cgroup tree, so that closing finds what they left there. */
  readonly cgroupParent: string;
  /** Starts it again after {@link kill}; images and pods are still there. */
  start(): Promise<void>;
  /** As a crash does. Pods go on. */
  kill(): Promise<void>;
  /** What it has written about itself. */
  log(): Promise<string>;
  /** What is on disk: every name and every blob, which CRI's own list need not show. */
  contents(): Promise<{ readonly images: readonly string[]; readonly blobs: readonly string[] }>;
  close(): Promise<void>;
}

export async function startContainerd(
  version: ContainerdVersion,
  pauseImage: string,
  registryConfigPath?: string,
): Promise<Containerd> {
  const scratch = await makeScratch(`containerd-${version}`);
  const socket = join(scratch.path, "containerd.sock");
  const cgroupParent = `/${relative(tmpdir(), scratch.path)}`;
  const configuration = join(scratch.path, "config.toml");
  await mkdir(join(scratch.path, "cni"));
  const settings = { version, directory: scratch.path, socket, pauseImage, registryConfigPath };
  await writeFile(configuration, containerdConfig(settings));
  const room = await openRoom({
    program: ["containerd", "--config", configuration],
    suite: version === "1.6" ? "machine" : "newer",
    directory: scratch.path,
    // Shims' sockets and stdio go here whatever the configuration says.
    privateDirectories: ["/run/containerd"],
  });
  const list = async (...args: string[]) => {
    const printed = await run(newerProgram("ctr"), [
      "--address",
      socket,
      "--namespace",
      "k8s.io",
      ...args,
      "--quiet",
    ]);
    return printed.split("\n").filter((line) => line !== "");
  };
  const containerd: Containerd = {
    version,
    socket,
    directory: scratch.path,
    networkDirectory: join(scratch.path, "cni"),
    cgroupParent,
    start: async () => {
      await room.start();
      await waitUntilListening(room, { path: socket });
      await waitUntilReady(socket);
    },
    kill: async () => void (await room.stop("KILL")),
    log: () => room.log(),
    contents: async () => ({ images: await list("images", "list"), blobs: await list("content", "list") }),
    close: async () => {
      await room.close();
      await removeCgroups(cgroupParent);
      // Pods that nobody gave a place in the tree have one for each container.
      const tasks = join(scratch.path, "state/io.containerd.runtime.v2.task/k8s.io");
      for (const id of await readdir(tasks).catch(() => [])) await removeCgroups(`/k8s.io/${id}`);
      await scratch.remove();
    },
  };
  return await startedOrClosed(containerd);
}

/** containerd answers before it is ready ("server is not initialized yet", UNKNOWN), the longer the more pods it has. */
async function waitUntilReady(socket: string): Promise<void> {
  const client = connectCri(socket);
  const deadline = AbortSignal.timeout(30_000);
  try {
    for (;;) {
      const fault: unknown = await client.version({}).then(
        () => undefined,
        (error: unknown) => error,
      );
      if (fault === undefined) return;
      if (deadline.aborted) throw fault;
      await delay(20);
    }
  } finally {
    client.close();
  }
}
