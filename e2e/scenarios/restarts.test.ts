import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { after, before, describe, it } from "node:test";
import { status } from "@grpc/grpc-js";
import { type CriClient, connectCri } from "../peers/cri-client.ts";
import { countersign, gatewayArguments, startGateway } from "../peers/gateway.ts";
import { type PushedImage, pushBusybox } from "../peers/images.ts";
import { containerdVersions, startNode, type TestNode } from "../peers/node.ts";
import { type Outcome, outcomeOf } from "../peers/outcome.ts";
import { runPod } from "../peers/pods.ts";
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
      const load = startLoad(node.kubelet, image.reference);

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

      const { stdout } = await node.kubelet.execSync({
        containerId,
        command: ["/bin/busybox", "echo", "still here"],
      });
      assert.equal(new TextDecoder().decode(stdout), "still here\n");
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
      await node.kubelet.connected();
      const { stdout } = await node.kubelet.execSync({
        containerId,
        command: ["/bin/busybox", "echo", "still here"],
      });
      assert.equal(new TextDecoder().decode(stdout), "still here\n");
      await pod.remove();
    });

    it("a gateway told to end ends with status 0, and frees its socket", async () => {
      assert.equal(await node.gateway.terminate(), 0);
      const outcome = await outcomeOf(node.kubelet.version({}));
      assert.equal(outcome.code, status.UNAVAILABLE);
      await node.gateway.start();
      await node.kubelet.connected();
      const { runtimeName } = await node.kubelet.version({});
      assert.equal(runtimeName, "containerd");
    });

    it("a second gateway does not take the socket of one that lives", async () => {
      const second = spawnSync(
        countersign,
        gatewayArguments(node.gateway.socket, node.runtime.socket, node.trust),
        { encoding: "utf8", timeout: 30_000 },
      );
      assert.notEqual(second.status, 0);
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

/** As many callers at once as the numbers to reach speak of, asking without pause until told to stop. */
function startLoad(cri: CriClient, reference: string) {
  const callers = Array.from({ length: 16 }, (_, caller) => caller);
  const outcomes: Outcome[] = [];
  let stopped = false;
  let awaited = { code: -1, since: 0, missing: new Set<number>(), reached: () => {} };

  const running = callers.map(async (caller) => {
    while (!stopped) {
      const began = awaited.since;
      const outcome = await outcomeOf(cri.imageStatus({ image: { image: reference } }));
      outcomes.push(outcome);
      if (began !== awaited.since || outcome.code !== awaited.code) continue;
      awaited.missing.delete(caller);
      if (awaited.missing.size === 0) awaited.reached();
    }
  });

  return {
    /** Waits until each caller has had a call, begun after this, end so. The test's time limit bounds it. */
    everyCallerSees: (code: number): Promise<void> =>
      new Promise((reached) => {
        awaited = { code, since: awaited.since + 1, missing: new Set(callers), reached };
      }),
    stop: async (): Promise<readonly Outcome[]> => {
      stopped = true;
      await Promise.all(running);
      return outcomes;
    },
  };
}
