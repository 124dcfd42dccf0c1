import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { pushBusybox } from "../../peers/images.ts";
import { startNode, type TestNode } from "../../peers/node.ts";
import { cosignSign } from "../../peers/signing.ts";
import { type Cluster, nodeName, startCluster } from "../cluster.ts";
import { createNamespace, createPod, type Pod } from "../pods.ts";

describe("pods of a node and the node itself do not notice", () => {
  const namespace = "shop";
  let cluster: Cluster<TestNode>;
  let running: Pod;
  let image: string;
  let pods = 0;

  before(async () => {
    cluster = await startCluster(() => startNode("2.1"));
    await createNamespace(cluster, namespace);
    const signed = await pushBusybox(cluster.node.registry.host, "signed/app:v1");
    await cosignSign(signed, cluster.node.key);
    image = signed.reference;
    running = await createPod(cluster, { name: "running", namespace, image });
    await running.running();
  });
  after(() => cluster?.close());

  /** Whether it is ready, and since when. */
  const nodeCondition = () =>
    cluster.kubectl(
      ...["get", "node", nodeName],
      '--output=jsonpath={.status.conditions[?(@.type=="Ready")].status} {.status.conditions[?(@.type=="Ready")].lastTransitionTime}',
    );

  /** The whole way of a pod, as proof that all of it works again. */
  async function anotherPodRuns(): Promise<void> {
    pods += 1;
    const wishes = { name: `after-${pods}`, namespace, image, pullPolicy: "Always" } as const;
    const pod = await createPod(cluster, wishes);
    await pod.running();
    assert.equal(await pod.busybox("echo", "here"), "here\n");
  }

  const rows: readonly (readonly [what: string, happens: () => Promise<void>])[] = [
    [
      "that the gateway was killed and started again",
      async () => {
        await cluster.node.gateway.kill();
        await cluster.node.gateway.start();
      },
    ],
    [
      "that the gateway was ended and started again, as in an upgrade",
      async () => {
        await cluster.node.gateway.terminate();
        await cluster.node.gateway.start();
      },
    ],
    [
      "that the kubelet was killed and started again",
      async () => {
        await cluster.kubelet.kill();
        await cluster.kubelet.start();
      },
    ],
    [
      "that kubelet and gateway were, the kubelet first",
      async () => {
        await cluster.kubelet.kill();
        await cluster.node.gateway.kill();
        await cluster.node.gateway.start();
        await cluster.kubelet.start();
      },
    ],
    [
      "that the runtime was killed and started again",
      async () => {
        await cluster.node.runtime.kill();
        await cluster.node.runtime.start();
      },
    ],
  ];
  for (const [what, happens] of rows) {
    it(what, async () => {
      const [container, condition] = [await running.identity(), await nodeCondition()];
      assert.match(condition, /^True /);
      await happens();
      await anotherPodRuns();
      assert.equal(await running.identity(), container);
      assert.equal(await nodeCondition(), condition);
      assert.equal(await running.busybox("echo", "still here"), "still here\n");
    });
  }
});
