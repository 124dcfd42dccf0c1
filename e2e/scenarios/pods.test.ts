import assert from "node:assert/strict";
import { once } from "node:events";
import { after, before, describe, it } from "node:test";
import { fromBinary } from "@bufbuild/protobuf";
import { ContainerEventResponseSchema } from "@countersign/sources/cri/generated/cri_pb";
import type { CriClient } from "@countersign/testkit/cri-client/cri-client";
import { status } from "@grpc/grpc-js";
import { openBusybox, runBusybox } from "../peers/commands.ts";
import { pushBusybox } from "../peers/images.ts";
import { containerdVersions, startNode, type TestNode } from "../peers/node.ts";
import { outcomeOf } from "../peers/outcome.ts";
import { podConfig, runPod } from "../peers/pods.ts";
import type { PushedImage } from "../peers/pushed-image.ts";
import { cosignSign } from "../peers/signing.ts";

for (const version of containerdVersions) {
  describe(`a pod through the gateway to containerd ${version}`, () => {
    let node: TestNode;
    let image: PushedImage;

    before(async () => {
      node = await startNode(version);
      image = await pushBusybox(node.registry.host, "signed/app:v1");
      await cosignSign(image, node.key);
      await node.kubelet.pullImage({
        image: { image: image.reference },
        sandboxConfig: podConfig("default"),
      });
    });
    after(() => node?.close());

    it("runs a signed image, from its sandbox to its removal", async () => {
      const pod = await runPod(node.kubelet, node.runtime, "default");
      const containerId = await pod.run(image.id, image.reference);

      const { status: running } = await node.kubelet.containerStatus({ containerId });
      assert.equal(running?.state, containerRunning);
      assert.equal(running?.imageRef, `${image.repository}@${image.digest}`);

      const result = await runBusybox(
        node.kubelet,
        containerId,
        "sh",
        "-c",
        "echo out; echo err >&2; exit 3",
      );
      assert.deepEqual(result, { stdout: "out\n", stderr: "err\n", exitCode: 3 });

      await pod.remove();
      const gone = await outcomeOf(node.kubelet.podSandboxStatus({ podSandboxId: pod.id }));
      assert.equal(gone.code, status.NOT_FOUND);
    });

    it("gives the runtime's own exec URL, on which a command's output streams", async () => {
      const pod = await runPod(node.kubelet, node.runtime, "default");
      const containerId = await pod.run(image.id, image.reference);
      const url = await openBusybox(node.kubelet, containerId, "echo", "streamed");
      assert.equal(await readExecStream(url), "streamed\n");
      await pod.remove();
    });

    it("answers a command's 15 MiB of output whole", async () => {
      const pod = await runPod(node.kubelet, node.runtime, "default");
      const containerId = await pod.run(image.id, image.reference);
      const { stdout } = await runBusybox(
        node.kubelet,
        containerId,
        "head",
        "-c",
        `${15 << 20}`,
        "/dev/zero",
      );
      assert.equal(stdout.length, 15 << 20);
      await pod.remove();
    });

    it("takes a request of 15 MiB", async () => {
      const { runtimeName } = await node.kubelet.version({ version: "v".repeat(15 << 20) });
      assert.equal(runtimeName, "containerd");
    });

    it("streams a pod's events, or says like the runtime that there are none", async () => {
      assert.deepEqual(await eventsOfOnePod(node.kubelet), expectedEvents[version]);
      assert.deepEqual(await eventsOfOnePod(node.direct), expectedEvents[version]);
    });

    /** A container's events in order, or how the stream ended where a runtime has none. */
    async function eventsOfOnePod(cri: CriClient): Promise<readonly number[] | string> {
      const stream = cri.containerEvents();
      const failed = once(stream, "error").then(([error]) => `code ${error.code}`);
      const collected = (async () => {
        const pod = await runPod(cri, node.runtime, "default");
        const containerId = await pod.run(image.id, image.reference);
        await pod.remove();
        const seen: number[] = [];
        for await (const bytes of stream) {
          const event = fromBinary(ContainerEventResponseSchema, bytes);
          if (event.containerId === containerId) seen.push(event.containerEventType);
          if (seen.at(-1) === containerEvent.deleted) break;
        }
        return seen;
      })();
      return Promise.race([failed, collected]);
    }
  });
}

const containerRunning = 1;
const containerEvent = { created: 0, started: 1, stopped: 2, deleted: 3 };

/** containerd has the call since 1.7. */
const expectedEvents = { "1.6": `code ${status.UNIMPLEMENTED}`, "2.1": Object.values(containerEvent) };

/** Reads a command's stdout as kubectl does, by the WebSocket form of the streaming protocol: one byte names the stream. */
async function readExecStream(url: string): Promise<string> {
  const socket = new WebSocket(url.replace(/^http/, "ws"), "v4.channel.k8s.io");
  socket.binaryType = "arraybuffer";
  let stdout = "";
  socket.addEventListener("message", ({ data }) => {
    const frame = new Uint8Array(data);
    if (frame[0] === 1) stdout += new TextDecoder().decode(frame.subarray(1));
  });
  await once(socket, "close");
  return stdout;
}
