import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import type { CriClient } from "@countersign/testkit/cri-client/cri-client";
import { status } from "@grpc/grpc-js";
import { drawFor, roundsOr } from "../peers/chance.ts";
import { pushBusybox } from "../peers/images.ts";
import { containerdVersions, startNode, type TestNode } from "../peers/node.ts";
import { outcomeOf } from "../peers/outcome.ts";
import { podConfig } from "../peers/pods.ts";
import { retag } from "../peers/push.ts";
import type { PushedImage } from "../peers/pushed-image.ts";
import { cosignSign } from "../peers/signing.ts";
import { acceptAnything, writePolicy } from "../peers/trust-files.ts";

const rounds = roundsOr(20);

/** The registry writes a tag in place, and now and then reads what is not written yet. */
const halfWritten = /500 Internal Server Error$/;
/** The runtime's own words for what somebody removed while it was being pulled. */
const removedMeanwhile = /: not found$/;

/** What a strict namespace may be told while a tag moves under its pull; anything else is a fault of ours. */
const refusals = [
  /^SignatureValidationFailed: Source image rejected: A signature was required, but no signature exists$/,
  /^SignatureValidationFailed: .* meant another image each time the runtime pulled it/,
  /^the runtime pulled .* and then did not have it, 3 times;/,
];

/**
 * The registry is asked twice for a tag, by who verifies it and by the runtime that pulls it. Each round moves the tag from a
 * signed image to an unsigned one at a moment of its own, while a namespace that asks for signatures pulls it; at times
 * another namespace that asks for none pulls it too, and somebody removes images.
 */
for (const version of containerdVersions) {
  describe(`a tag that moves while it is pulled by containerd ${version}`, () => {
    let node: TestNode;
    let good: PushedImage;
    let evil: PushedImage;
    let tag: string;

    before(async () => {
      node = await startNode(version);
      const { host } = node.registry;
      good = await pushBusybox(host, "signed/race:good");
      evil = await pushBusybox(host, "signed/race:evil");
      tag = `${good.repository}:v1`;
      await cosignSign(good, node.key, { identity: tag });
      await writePolicy(join(node.trust.policyDirectory, "lax.json"), { default: [acceptAnything] });
    });
    after(() => node?.close());

    const pull = (cri: CriClient, namespace: string) =>
      cri.pullImage({ image: { image: tag }, sandboxConfig: podConfig(namespace) });

    /** By a namespace that asks for no signature. @returns the image's id, or "none" for a failure of those */
    async function pullAnyway(failures: readonly RegExp[]): Promise<string> {
      const pulling = pull(node.kubelet, "lax");
      const { code, message } = await outcomeOf(pulling);
      const isOne = code !== status.OK && failures.some((words) => words.test(message));
      return isOne ? "none" : (await pulling).imageRef;
    }

    async function removeAll(): Promise<void> {
      for (const image of [good.id, evil.id]) await node.direct.removeImage({ image: { image } });
    }

    async function isPresent({ id }: PushedImage): Promise<boolean> {
      return (await node.direct.imageStatus({ image: { image: id } })).image !== undefined;
    }

    /** Milliseconds that a whole pull takes here and now, and half of that again: the tag moves at any moment of it, or later. */
    async function span(): Promise<number> {
      await retag(good, "v1");
      const began = performance.now();
      for (let times = 0; times < 3; times++) {
        await removeAll();
        await pull(node.kubelet, "strict");
      }
      return ((performance.now() - began) / 3) * 1.5;
    }

    it("is the unsigned image to a runtime that looks after who verified it", async () => {
      await removeAll();
      await retag(good, "v1");
      assert.equal(await digestBehind(tag), good.digest, "what was verified was signed");
      await retag(evil, "v1");
      const { imageRef } = await pull(node.direct, "strict");
      assert.equal(imageRef, evil.id);
    });

    it("is the signed image or none through the gateway, whoever else pulls or removes it", async (context) => {
      const draw = drawFor(context);
      const count = { pulled: 0, refused: 0, beside: 0, removed: 0 };
      const limit = await span();
      const atAnyTime = () => delay(draw.below(limit));
      for (let round = 0; round < rounds; round++) {
        if (draw.chance(0.5)) await removeAll();
        await retag(good, "v1");
        const strict = pull(node.kubelet, "strict");
        const outcome = outcomeOf(strict);
        const isBeside = draw.chance(0.3);
        const isRemoved = draw.chance(0.2);
        const others = isRemoved ? [halfWritten, removedMeanwhile] : [halfWritten];
        const [, lax] = await Promise.all([
          atAnyTime().then(() => retag(evil, "v1")),
          isBeside ? atAnyTime().then(() => pullAnyway(others)) : undefined,
          isRemoved ? atAnyTime().then(removeAll) : undefined,
        ]);
        if (lax !== undefined) assert.ok([good.id, evil.id, "none"].includes(lax), `round ${round}: ${lax}`);
        const { code, message } = await outcome;
        if (code === status.OK) {
          assert.equal((await strict).imageRef, good.id, `round ${round}`);
          count.pulled += 1;
        } else {
          assert.ok(
            [...refusals, ...others].some((words) => words.test(message)),
            `round ${round}: ${message}`,
          );
          count.refused += 1;
        }
        count.beside += isBeside ? 1 : 0;
        count.removed += isRemoved ? 1 : 0;
      }
      context.diagnostic(
        `${rounds} pulls: ${count.pulled} of the signed image, ${count.refused} refused, the other one never; ` +
          `${count.beside} beside a lax namespace's, ${count.removed} while images were removed`,
      );
    });

    it("leaves nothing of the unsigned image where nobody else may have it", async (context) => {
      const draw = drawFor(context);
      let refused = 0;
      // What a namespace was given that asks for no signature is not taken from it, as long as the gateway knows of that.
      await node.gateway.kill();
      await node.gateway.start();
      const limit = await span();
      for (let round = 0; round < rounds; round++) {
        await removeAll();
        await retag(good, "v1");
        const outcome = outcomeOf(pull(node.kubelet, "strict"));
        await delay(draw.below(limit));
        await retag(evil, "v1");
        const { code } = await outcome;
        refused += code === status.OK ? 0 : 1;
        assert.ok(!(await isPresent(evil)), `round ${round}: a refused image stayed`);
      }
      context.diagnostic(`${rounds} pulls, ${refused} refused, none of which left anything`);
    });
  });
}

async function digestBehind(tag: string): Promise<string | null> {
  const [name = "", version = ""] = tag.split(/:(?=[^/]*$)/);
  const answer = await fetch(`http://${name.replace("/", "/v2/")}/manifests/${version}`, {
    method: "HEAD",
    headers: { accept: "application/vnd.oci.image.manifest.v1+json" },
  });
  return answer.headers.get("docker-content-digest");
}
