import { create } from "@bufbuild/protobuf";
import { PodSandboxConfigSchema } from "@countersign/sources/cri/generated/cri_pb";
import { startRuntime } from "@countersign/testkit/runtime/runtime";
import { podConfig } from "../../peers/pods.ts";
import type { NodeRuntime } from "./node-runtime.ts";

/** The runtime of the testkit, in this process: it keeps books and runs nothing, and every call can be made to fail. */
export async function startTestkitRuntime(socket: string): Promise<NodeRuntime> {
  const runtime = await startRuntime({ socket });
  const { images, pods } = runtime;
  return {
    socket,
    inProcess: runtime,
    moment: (path) => runtime.next(path),
    kill: () => runtime.kill(),
    shutDown: () => void runtime.shutDown(),
    async restart() {
      await runtime.kill();
      await runtime.restart();
    },
    podConfig,
    async runPod(namespace) {
      return pods.runSandbox(create(PodSandboxConfigSchema, podConfig(namespace)), "").id;
    },
    images: async () => images.list(),
    removeImage: async (id) => images.remove(id),
    async preload({ reference, contents: [{ id, digest }] }) {
      images.add(reference, { digest, configDigest: id, size: 1000n });
    },
    containers: async () =>
      [...pods.containers.values()].map(({ id, config, contents }) => ({
        ...{ id, contents },
        name: config.metadata?.name ?? "",
      })),
    removeContainer: async (id) => pods.remove(id),
    forgetCalls: () => runtime.forgetCalls(),
    [Symbol.asyncDispose]: () => runtime[Symbol.asyncDispose](),
  };
}

/** A sandbox of which the runtime has a quarter of a megabyte to tell. @returns its id */
export function runBulkyPod({ inProcess }: NodeRuntime): string {
  if (inProcess === undefined) throw new Error("only the testkit's runtime is told such nonsense");
  const metadata = { name: "bulky", uid: "bulky", namespace: "default" };
  const annotations = { bulk: "x".repeat(256 * 1024) };
  return inProcess.pods.runSandbox(create(PodSandboxConfigSchema, { metadata, annotations }), "").id;
}
