import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { status } from "@grpc/grpc-js";
import { pushBusybox } from "../peers/images.ts";
import { containerdVersions, startNode, type TestNode } from "../peers/node.ts";
import { type Outcome, outcomeOf } from "../peers/outcome.ts";
import { podConfig, runPod } from "../peers/pods.ts";
import type { PushedImage } from "../peers/pushed-image.ts";
import { cosignSign, makeKeyPair } from "../peers/signing.ts";
import { acceptAnything, policyFor, signedBy, writePolicy } from "../peers/trust-files.ts";

const allowed: Outcome = { code: status.OK, message: "" };
const refused: Outcome = {
  code: status.UNKNOWN,
  message:
    "SignatureValidationFailed: Source image rejected: A signature was required, but no signature exists",
};

for (const version of containerdVersions) {
  describe(`the policy files of the gateway to containerd ${version}`, () => {
    let node: TestNode;
    let unsigned: PushedImage;
    let strict: object;

    before(async () => {
      node = await startNode(version);
      unsigned = await pushBusybox(node.registry.host, "signed/app:v1");
      strict = policyFor({ [`${node.registry.host}/signed`]: [signedBy(node.key)] });
    });
    after(() => node?.close());

    const pullFor = (namespace: string, image = unsigned) =>
      outcomeOf(
        node.kubelet.pullImage({ image: { image: image.reference }, sandboxConfig: podConfig(namespace) }),
      );
    const namespaceFile = (namespace: string) => join(node.trust.policyDirectory, `${namespace}.json`);

    it("let a namespace's own policy be laxer than the global one, for its pods alone", async () => {
      await writePolicy(namespaceFile("team-a"), { default: [acceptAnything] });
      assert.deepEqual(await pullFor("team-b"), refused);
      assert.deepEqual(await pullFor("team-a"), allowed);
      // The image is on disk now, and still not for everyone; nor is it taken from those who may have it.
      assert.deepEqual(await pullFor("team-b"), refused);
      const { image } = await node.kubelet.imageStatus({ image: { image: unsigned.reference } });
      assert.equal(image?.id, unsigned.id);
    });

    it("let a namespace's own policy be stricter than the global one", async () => {
      const image = await pushBusybox(node.registry.host, "free/app:v1");
      await writePolicy(namespaceFile("strict"), {
        default: [{ type: "reject" }],
        transports: { docker: { [`${node.registry.host}/free`]: [signedBy(node.key)] } },
      });
      assert.deepEqual(await pullFor("strict", image), refused);
      assert.deepEqual(await pullFor("other", image), allowed);
    });

    it("hold from the next pull on after an edit, and name the key that counts now", async () => {
      const image = await pushBusybox(node.registry.host, "signed/rotated:v1");
      const next = await makeKeyPair(node.directory, "next");
      await cosignSign(image, next);
      const [old] = [await pullFor("default", image)];
      assert.equal(old.code, status.UNKNOWN);
      assert.match(old.message, /^SignatureValidationFailed: Source image rejected: /);
      await writePolicy(node.trust.policy, policyFor({ [`${node.registry.host}/signed`]: [signedBy(next)] }));
      assert.deepEqual(await pullFor("default", image), allowed);
      await writePolicy(node.trust.policy, strict);
      assert.deepEqual(await pullFor("default", image), old);
    });

    it("refuse every pull while the global one is broken, with the reason, and nothing else", async () => {
      const image = await pushBusybox(node.registry.host, "free/during:v1");
      const pod = await runPod(node.kubelet, node.runtime, "default");
      await writePolicy(node.trust.policy, '{"default": [{"type": "insecureAcceptAnythin"}]}');
      const outcome = await pullFor("default", image);
      assert.equal(outcome.code, status.UNKNOWN);
      assert.ok(
        outcome.message.startsWith(`SignatureValidationFailed: invalid policy in "${node.trust.policy}": `),
        outcome.message,
      );
      assert.match(outcome.message, /insecureAcceptAnythin/);

      // Cleaning up works whatever state the policy is in.
      await pod.remove();
      await node.kubelet.listImages({});
      await node.kubelet.removeImage({ image: { image: unsigned.reference } });

      await writePolicy(node.trust.policy, strict);
      assert.deepEqual(await pullFor("default", image), allowed);
    });

    it("refuse a namespace's pulls while its own is broken, instead of falling back to the global one", async () => {
      const image = await pushBusybox(node.registry.host, "free/fallback:v1");
      await writePolicy(namespaceFile("broken"), '{"default": [');
      const outcome = await pullFor("broken", image);
      assert.equal(outcome.code, status.UNKNOWN);
      assert.match(outcome.message, /^SignatureValidationFailed: invalid policy in ".*\/broken\.json": /);
      assert.deepEqual(await pullFor("default", image), allowed);
    });

    it("are not reached by a namespace that is none", async () => {
      const image = await pushBusybox(node.registry.host, "free/escape:v1");
      const outcome = await pullFor("../policy", image);
      assert.equal(outcome.code, status.UNKNOWN);
      assert.match(outcome.message, /"\.\.\/policy" is not the name of a namespace/);
    });
  });
}
