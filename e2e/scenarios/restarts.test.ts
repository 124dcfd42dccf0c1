import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { after, before, describe, it } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { type CriClient, connectCri } from "@countersign/testkit/cri-client/cri-client";
import { status } from "@grpc/grpc-js";
import { runBusybox } from "../peers/commands.ts";
import { countersign, gatewayArguments, startGateway } from "../peers/gateway.ts";
import { pushBusybox } from "../peers/images.ts";
import { startLoad } from "../peers/load.ts";
import { containerdVersions, startNode, type TestNode } from "../peers/node.ts";
import { outcomeOf } from "../peers/outcome.ts";
import { runPod } from "../peers/pods.ts";
import type { PushedImage } from "../peers/pushed-image.ts";
import { acceptsConnections } from "../peers/room.ts";
import { cosignSign } from "../peers/signing.ts";

for (const version of containerdVersions) {
  describe(`when containerd ${version} or the gateway goes away,`, () => {
    let node: TestNode;
    let image: PushedImage;

    before(async () => {
      node = await startNode(version);
      image = await pushBusybox(node.registry.host, "signed/app:v1");
      await cosignSign(image, node.key);
    });
    after(() => node?.close());

    it("callers under load get UNAVAILABLE, and answers again once it is back, without a restart of ours", async () => {
      await node.kubelet.pullImage({ image: { image: image.reference } });
      const pod = await runPod(node.kubelet, node.runtime, "default");
      const containerId = await pod.run(image.id, image.reference);
      const asked = { image: { image: image.reference } };
      const load = startLoad([
        ...Array.from({ length: 12 }, () => () => node.kubelet.imageStatus(asked)),
        ...Array.from({ length: 4 }, () => () => node.kubelet.pullImage(asked)),
      ]);

      await load.everyCallerSees(0);
      await node.runtime.kill();
      await load.everyCallerSees(status.UNAVAILABLE);
      await node.runtime.start();
      await load.everyCallerSees(0);

      const outcomes = await load.stop();
      // containerd's own answer between its start and its readiness is the only other one.
      const expected = [0, status.UNAVAILABLE, "server is not initialized yet"];
      const others = outcomes.filter(
        ({ code, message }) => !expected.includes(code) && !expected.includes(message),
      );
      assert.deepEqual(others, []);

      const { stdout } = await runBusybox(node.kubelet, containerId, "echo", "still here");
      assert.equal(stdout, "still here\n");
      await pod.remove();
    });

    it("a pull meanwhile is UNAVAILABLE, and the next one after it succeeds", async () => {
      await node.runtime.kill();
      const outcome = await outcomeOf(node.kubelet.pullImage({ image: { image: image.reference } }));
      assert.equal(outcome.code, status.UNAVAILABLE);
      await node.runtime.start();
      const { imageRef } = await node.kubelet.pullImage({ image: { image: image.reference } });
      assert.equal(imageRef, image.id);
    });

    it("a gateway that was killed starts again on the socket it left behind, and pods never noticed", async () => {
      await node.kubelet.pullImage({ image: { image: image.reference } });
      const pod = await runPod(node.kubelet, node.runtime, "default");
      const containerId = await pod.run(image.id, image.reference);
      await node.gateway.kill();
      await node.gateway.start();
      await reconnected(node.kubelet);
      const { stdout } = await runBusybox(node.kubelet, containerId, "echo", "still here");
      assert.equal(stdout, "still here\n");
      await pod.remove();
    });

    it("a gateway told to end lets a call under way end first, ends with status 0, and frees its socket", async () => {
      await node.kubelet.pullImage({ image: { image: image.reference } });
      const pod = await runPod(node.direct, node.runtime, "default");
      const containerId = await pod.run(image.id, image.reference);
      const until = (file: string) => `until busybox test -e ${file}; do busybox sleep 0.02; done`;
      const underWay = runBusybox(
        node.kubelet,
        containerId,
        ...["sh", "-c", `busybox touch /waiting; ${until("/go")}; echo went`],
      );
      await runBusybox(node.direct, containerId, "sh", "-c", until("/waiting"));

      const terminated = node.gateway.terminate();
      await refusesConnections(node.gateway.socket);
      await runBusybox(node.direct, containerId, "touch", "/go");
      const { stdout } = await underWay;
      assert.equal(stdout, "went\n");
      assert.equal(await terminated, 0);
      await pod.remove();

      const outcome = await outcomeOf(node.kubelet.version({}));
      assert.equal(outcome.code, status.UNAVAILABLE);
      await node.gateway.start();
      await reconnected(node.kubelet);
      const { runtimeName } = await node.kubelet.version({});
      assert.equal(runtimeName, "containerd");
    });

    it("a second gateway does not take the socket of one that lives", async () => {
      const second = spawnSync(
        countersign,
        gatewayArguments(node.gateway.socket, node.runtime.socket, node.trust),
        { encoding: "utf8", timeout: 30_000 },
      );
      assert.equal(second.status, 2);
      assert.match(second.stderr, /^countersign: .*\n$/);
      assert.ok(second.stderr.includes(node.gateway.socket), second.stderr);
      const { runtimeName } = await node.kubelet.version({});
      assert.equal(runtimeName, "containerd");
    });

    it("a gateway started before its runtime says UNAVAILABLE until the runtime is there", async () => {
      await using closing = new AsyncDisposableStack();
      await node.runtime.kill();
      const early = await startGateway(node.runtime.socket, node.trust);
      closing.defer(() => early.close());
      const kubelet = connectCri(early.socket);
      closing.defer(() => kubelet.close());
      const outcome = await outcomeOf(kubelet.version({}));
      assert.equal(outcome.code, status.UNAVAILABLE);
      await node.runtime.start();
      const { runtimeName } = await kubelet.version({});
      assert.equal(runtimeName, "containerd");
    });
  });
}

/** Resolves once a new connection there is refused. The test's time limit bounds it. */
async function refusesConnections(socket: string): Promise<void> {
  while (await acceptsConnections({ path: socket })) await delay(20);
}

/** Waits for the connection, which pauses after it was refused; a call would fail at once meanwhile. */
function reconnected({ grpc }: CriClient): Promise<void> {
  return new Promise((resolve, reject) => {
    grpc.waitForReady(Date.now() + 30_000, (error) => (error ? reject(error) : resolve()));
  });
}
