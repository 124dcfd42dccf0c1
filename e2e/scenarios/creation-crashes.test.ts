import assert from "node:assert/strict";
import { appendFile } from "node:fs/promises";
import { after, before, describe, it } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { status } from "@grpc/grpc-js";
import { drawFor, roundsOr } from "../peers/chance.ts";
import { pushBusybox } from "../peers/images.ts";
import { containerdVersions, startNode, type TestNode } from "../peers/node.ts";
import { outcomeOf } from "../peers/outcome.ts";
import { type Pod, podConfig, runPod } from "../peers/pods.ts";
import type { PushedImage } from "../peers/pushed-image.ts";
import { cosignSign } from "../peers/signing.ts";
import { policyFor, signedBy, writePolicy } from "../peers/trust-files.ts";
import { startTwoFacedRegistry, type TwoFacedRegistry } from "../peers/two-faced-registry.ts";

const rounds = roundsOr(12);

/**
 * What a refused pull brought is removed before its caller hears of the refusal. Whoever dies in between leaves it on
 * disk, under the very name that was refused, and a kubelet starts what is there without a pull.
 */
for (const version of containerdVersions) {
  describe(`a crash in the middle of a pull by containerd ${version}`, () => {
    let node: TestNode;
    let liar: TwoFacedRegistry;
    let evil: PushedImage;
    let pod: Pod;

    before(async () => {
      node = await startNode(version);
      const { host } = node.registry;
      liar = await startTwoFacedRegistry(host);
      await writePolicy(node.trust.policy, policyFor({ [`${liar.host}/signed`]: [signedBy(node.key)] }));
      await appendFile(
        node.trust.registriesConf,
        `\n[[registry]]\nlocation = "${liar.host}"\ninsecure = true\n`,
      );
      const good = await pushBusybox(host, "signed/app:v1");
      evil = await pushBusybox(host, "signed/app:evil");
      await cosignSign(good, node.key, { identity: `${liar.host}/signed/app:v1` });
      liar.lies.set("signed/app:v1", "evil");
      pod = await runPod(node.kubelet, node.runtime, "strict");
    });
    after(async () => {
      await liar?.close();
      await node?.close();
    });

    it("makes no container of what it left, whoever dies, and whenever", async (context) => {
      const draw = drawFor(context);
      const tag = `${liar.host}/signed/app:v1`;
      let left = 0;
      for (let round = 0; round < rounds; round++) {
        const victim = draw.chance(0.5) ? node.gateway : node.runtime;
        const pulling = outcomeOf(
          node.kubelet.pullImage({ image: { image: tag }, sandboxConfig: podConfig("strict") }),
        );
        await delay(draw.below(250));
        await victim.kill();
        assert.notEqual((await pulling).code, status.OK);
        await victim.start();

        const { image } = await node.direct.imageStatus({ image: { image: tag } });
        if (image !== undefined) left += 1;
        for (const name of [evil.id, tag]) {
          const { code } = await outcomeOf(pod.create(name, tag));
          assert.notEqual(code, status.OK, `round ${round}: a container was made from ${name}`);
        }
        await node.direct.removeImage({ image: { image: evil.id } });
      }
      context.diagnostic(`${rounds} crashes, the refused image left on disk after ${left} of them`);
    });

    it("makes none of what lies there for certain", async () => {
      const tag = `${liar.host}/signed/app:v1`;
      await node.direct.pullImage({ image: { image: tag } });
      const { code, message } = await outcomeOf(pod.create(evil.id, tag));
      assert.equal(code, status.UNKNOWN);
      assert.match(message, /^SignatureValidationFailed: /);
    });
  });
}
