import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import type { CriClient } from "@countersign/testkit/cri-client/cri-client";
import type { Draw } from "@countersign/testkit/random/draw";
import { drawFor, roundsOr } from "../peers/chance.ts";
import { pushBusybox } from "../peers/images.ts";
import { moveNameUnseen } from "../peers/move-name.ts";
import { containerdVersions, startNode, type TestNode } from "../peers/node.ts";
import { podConfig, runPod } from "../peers/pods.ts";
import { retag } from "../peers/push.ts";
import type { PushedImage } from "../peers/pushed-image.ts";
import { layersOf } from "../peers/root-file-system.ts";
import { cosignSign } from "../peers/signing.ts";
import { acceptAnything, writePolicy } from "../peers/trust-files.ts";

/** Containers made in one round while the tag moves, and how many rounds. */
const burst = 20;
const rounds = roundsOr(30);

/**
 * containerd makes a container from what one of the image's names points to when it looks, whatever id was asked for: a
 * pull that moves the tag meanwhile puts other content into it, and its status does not show that. Each round moves the
 * tag from a signed image to an unsigned one while containers are made from the signed one's id.
 */
for (const version of containerdVersions) {
  describe(`a tag that moves while containers are made by containerd ${version}`, () => {
    let node: TestNode;
    let good: PushedImage;
    let evil: PushedImage;

    before(async () => {
      node = await startNode(version);
      const { host } = node.registry;
      good = await pushBusybox(host, "signed/race:good");
      evil = await pushBusybox(host, "signed/race:evil");
      await cosignSign(good, node.key, { identity: `${good.repository}:v1` });
      await writePolicy(join(node.trust.policyDirectory, "lax.json"), { default: [acceptAnything] });
    });
    after(() => node?.close());

    interface Race {
      readonly draw: Draw;
      /** pulls the tag for a namespace that asks for no signature */
      readonly pull: () => Promise<unknown>;
      readonly create: (name: string) => Promise<string>;
    }

    /** One move of the tag, and the layers of the containers that were made meanwhile. */
    async function race({ draw, pull, create }: Race, round: number): Promise<readonly string[]> {
      await retag(good, "v1");
      await pull();
      await retag(evil, "v1");
      const pulled = pull();
      const creating = Array.from({ length: burst }, async (_, at) => {
        await delay(draw.below(60));
        return await create(`${round}-${at}`);
      });
      const containers = await Promise.all(creating);
      await pulled;
      const layers = await Promise.all(containers.map((id) => layersOf(node.direct, id)));
      await Promise.all(containers.map((containerId) => node.direct.removeContainer({ containerId })));
      return layers;
    }

    async function racersFor(cri: CriClient): Promise<Omit<Race, "draw">> {
      const tag = `${good.repository}:v1`;
      const pod = await runPod(cri, node.runtime, "strict");
      return {
        pull: () => cri.pullImage({ image: { image: tag }, sandboxConfig: podConfig("lax") }),
        create: async (name) => {
          const config = { metadata: { name }, image: { image: good.id, userSpecifiedImage: tag } };
          const sandboxConfig = podConfig("strict", "pod", node.runtime.cgroupParent);
          return (await cri.createContainer({ podSandboxId: pod.id, config, sandboxConfig })).containerId;
        },
      };
    }

    async function layersOfGood(): Promise<string> {
      await retag(good, "v1");
      const { pull, create } = await racersFor(node.direct);
      await pull();
      const containerId = await create("measure");
      const layers = await layersOf(node.direct, containerId);
      await node.direct.removeContainer({ containerId });
      return layers;
    }

    it("puts other content into them without a gateway", async () => {
      const signed = await layersOfGood();
      const { pull, create } = await racersFor(node.direct);
      await node.direct.pullImage({ image: { image: evil.reference } });
      // A machine that stands still for two seconds at the wrong moment has CRI's books in order again.
      let layers = signed;
      for (let tries = 0; tries < 5 && layers === signed; tries++) {
        await retag(good, "v1");
        await pull();
        await moveNameUnseen(node.runtime, node.direct, `${good.repository}:v1`, evil.reference);
        const containerId = await create(`unseen-${tries}`);
        layers = await layersOf(node.direct, containerId);
        const { status } = await node.direct.containerStatus({ containerId });
        assert.equal(
          status?.imageRef.split("@").at(-1),
          good.digest,
          "what it was asked for is what it shows",
        );
        await node.direct.removeContainer({ containerId });
      }
      assert.notEqual(layers, signed);
    });

    it("puts nothing else into them with one", async (context) => {
      const signed = await layersOfGood();
      const racers = { draw: drawFor(context), ...(await racersFor(node.kubelet)) };
      for (let round = 0; round < rounds; round++) {
        const layers = await race(racers, round);
        assert.deepEqual(
          layers.filter((one) => one !== signed),
          [],
          `round ${round}`,
        );
      }
      context.diagnostic(`${rounds * burst} containers, all from the signed image`);
    });
  });
}
