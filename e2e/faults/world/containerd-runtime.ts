import { setTimeout as delay } from "node:timers/promises";
import { connectCri } from "@countersign/testkit/cri-client/cri-client";
import type { TestRegistry } from "@countersign/testkit/registry/registry";
import { startContainerd } from "../../peers/containerd.ts";
import { pushBusybox } from "../../peers/images.ts";
import { podConfig } from "../../peers/pods.ts";
import { containerContents } from "./container-contents.ts";
import type { NodeRuntime } from "./node-runtime.ts";

/** Milliseconds; longer than any misfortune lasts. */
const preloadPatience = 15_000;

/** Milliseconds in which one that is away on purpose is there again. */
const bookPatience = 30_000;

/**
 * Whoever looks at what containerd holds asks again while it is away on purpose: UNAVAILABLE, then for a moment UNKNOWN with
 * `server is not initialized yet`.
 */
async function untilThere<T>(ask: () => Promise<T>): Promise<T> {
  const deadline = AbortSignal.timeout(bookPatience);
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      const isAway = error instanceof Error && /UNAVAILABLE|not initialized yet/.test(error.message);
      if (!isAway || deadline.aborted) throw error;
      await delay(50);
    }
  }
}

/** containerd 2.1 itself. What goes on inside it is not seen, so moments are any moments soon. */
export async function startContainerdRuntime(registry: TestRegistry): Promise<NodeRuntime> {
  const pause = await pushBusybox(registry.address, "pause:test");
  const containerd = await startContainerd("2.1", pause.reference);
  const client = connectCri(containerd.socket);
  const contents = containerContents(client);
  const configOf = (namespace: string) => podConfig(namespace, "pod", containerd.cgroupParent);
  let ending: Promise<void> | undefined;
  return {
    socket: containerd.socket,
    inProcess: undefined,
    moment: () => delay(Math.random() * 200),
    kill: () => containerd.kill(),
    shutDown() {
      ending = containerd.kill();
    },
    async restart() {
      await ending;
      ending = undefined;
      await containerd.start();
    },
    podConfig: configOf,
    runPod: async (namespace) => (await client.runPodSandbox({ config: configOf(namespace) })).podSandboxId,
    async images() {
      const { images } = await untilThere(() => client.listImages({}));
      return images.filter(({ repoTags }) => !repoTags.includes(pause.reference));
    },
    removeImage: (id) => untilThere(async () => void (await client.removeImage({ image: { image: id } }))),
    // Registry and runtime may just be away on purpose; whoever brings an image tries again.
    async preload({ reference }) {
      const deadline = AbortSignal.timeout(preloadPatience);
      const pull = () => client.pullImage({ image: { image: reference } });
      while (
        !(await pull().then(
          () => true,
          () => false,
        )) &&
        !deadline.aborted
      )
        await delay(200);
    },
    containers: () =>
      untilThere(async () => {
        const { containers } = await client.listContainers({});
        return await Promise.all(
          containers.map(async ({ id, metadata }) => ({
            id,
            name: metadata?.name ?? "",
            contents: [await contents.of(id)],
          })),
        );
      }),
    removeContainer: (containerId) =>
      untilThere(async () => void (await client.removeContainer({ containerId }))),
    forgetCalls: () => {},
    async [Symbol.asyncDispose]() {
      client.close();
      await containerd.close();
    },
  };
}
