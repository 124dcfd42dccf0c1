import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { status } from "@grpc/grpc-js";
import { askSkopeo } from "../differential/skopeo.ts";
import { pushBusybox, pushBusyboxIndex, thisPlatform } from "../peers/images.ts";
import { containerdVersions, startNode, type TestNode } from "../peers/node.ts";
import { outcomeOf } from "../peers/outcome.ts";
import { retag } from "../peers/push.ts";
import type { PushedImage } from "../peers/pushed-image.ts";
import { cosignSign, makeKeyPair, skopeoSignedCopy } from "../peers/signing.ts";

const unsigned = "Source image rejected: A signature was required, but no signature exists";

for (const version of containerdVersions) {
  describe(`a pull through the gateway to containerd ${version}`, () => {
    let node: TestNode;
    let host: string;
    before(async () => {
      node = await startNode(version);
      host = node.registry.host;
    });
    after(() => node?.close());

    const pull = (reference: string) => node.kubelet.pullImage({ image: { image: reference } });

    describe("brings", () => {
      it("an image that cosign signed, known by its tag as after a direct pull", async () => {
        const image = await pushBusybox(host, "signed/cosign:v1");
        await cosignSign(image, node.key);

        const { imageRef } = await pull(image.reference);
        const through = await node.kubelet.imageStatus({ image: { image: image.reference } });
        assert.equal(through.image?.id, image.id);
        assert.deepEqual(through.image?.repoTags, [image.reference]);
        assert.deepEqual(through.image?.repoDigests, [`${image.repository}@${image.digest}`]);

        await node.direct.removeImage({ image: { image: image.id } });
        const straight = await node.direct.pullImage({ image: { image: image.reference } });
        assert.equal(imageRef, straight.imageRef);
        assert.deepEqual(through, await node.direct.imageStatus({ image: { image: image.reference } }));
      });

      it("an image that skopeo signed", async () => {
        const source = await pushBusybox(host, "unsigned/source:v1");
        const image = await skopeoSignedCopy(source, `${host}/signed/skopeo:v1`, node.key, node.trust);
        const { imageRef } = await pull(image.reference);
        assert.equal(imageRef, image.id);
      });

      it("this machine's instance of an index whose instances are signed", async () => {
        const image = await pushBusyboxIndex(host, "signed/multi:v1");
        await cosignSign(image, node.key, { everyInstance: true });
        const { imageRef } = await pull(image.reference);
        assert.equal(imageRef, image.id);
        const { image: present } = await node.kubelet.imageStatus({ image: { image: image.reference } });
        assert.deepEqual(present?.repoDigests, [`${image.repository}@${image.digest}`]);
      });

      it("a signed image by its digest", async () => {
        const image = await pushBusybox(host, "signed/by-digest:v1");
        await cosignSign(image, node.key);
        const { imageRef } = await pull(`${image.repository}@${image.digest}`);
        assert.equal(imageRef, image.id);
      });

      it("an unsigned image where the policy asks for nothing", async () => {
        const image = await pushBusybox(host, "free/app:v1");
        const { imageRef } = await pull(image.reference);
        assert.equal(imageRef, image.id);
      });
    });

    describe("refuses, and leaves nothing on disk of", () => {
      /** The refusal's message without CRI's sentinel, after checking all that is the same for each. */
      async function refusalOf(image: PushedImage): Promise<string> {
        const before = await node.runtime.contents();
        const outcome = await outcomeOf(pull(image.reference));
        assert.equal(outcome.code, status.UNKNOWN);
        const [, sentinel, reason] = /^(\w+): (.*)$/s.exec(outcome.message) ?? [];
        assert.equal(sentinel, "SignatureValidationFailed");
        assert.deepEqual(await node.runtime.contents(), before);
        const { image: present } = await node.kubelet.imageStatus({ image: { image: image.reference } });
        assert.equal(present, undefined);
        return reason ?? "";
      }

      async function skopeoRefusal(image: PushedImage): Promise<string> {
        const { allowed, message } = await askSkopeo(
          {
            named: { ...node.trust, authfile: undefined },
            source: `docker://${image.reference}`,
            platform: thisPlatform,
            home: node.directory,
            copy: join(node.directory, "copy"),
          },
          AbortSignal.timeout(60_000),
        );
        assert.equal(allowed, false);
        return message;
      }

      it("an unsigned image", async () => {
        assert.equal(await refusalOf(await pushBusybox(host, "signed/not:v1")), unsigned);
      });

      it("an unsigned image under an index", async () => {
        const image = await pushBusyboxIndex(host, "signed/multi-not:v1");
        assert.equal(await refusalOf(image), `copying system image from manifest list: ${unsigned}`);
      });

      it("an index that is signed while its instances are not, in skopeo's words", async () => {
        const image = await pushBusyboxIndex(host, "signed/multi-top:v1");
        await cosignSign(image, node.key);
        assert.equal(await refusalOf(image), await skopeoRefusal(image));
      });

      it("an image another key signed, in skopeo's words", async () => {
        const image = await pushBusybox(host, "signed/other-key:v1");
        await cosignSign(image, await makeKeyPair(node.directory, "stranger"));
        assert.equal(await refusalOf(image), await skopeoRefusal(image));
      });

      it("an image signed under another name, in skopeo's words", async () => {
        const image = await pushBusybox(host, "signed/other-name:v1");
        await cosignSign(image, node.key, { identity: `${host}/signed/elsewhere:v1` });
        assert.equal(await refusalOf(image), await skopeoRefusal(image));
      });
    });

    it("keeps the image a tag stood for when the tag moves to an unsigned one", async () => {
      const image = await pushBusybox(host, "signed/moving:v1");
      await cosignSign(image, node.key);
      await pull(image.reference);
      await retag(await pushBusybox(host, "signed/moving:next"), "v1");

      const outcome = await outcomeOf(pull(image.reference));
      assert.deepEqual(outcome, { code: status.UNKNOWN, message: `SignatureValidationFailed: ${unsigned}` });
      const { image: present } = await node.kubelet.imageStatus({ image: { image: image.reference } });
      assert.equal(present?.id, image.id);
    });

    it("of a name that asks for nothing and is not there fails as it does without us", async () => {
      const reference = `${host}/free/absent:v1`;
      const straight = await outcomeOf(node.direct.pullImage({ image: { image: reference } }));
      assert.equal(straight.code, status.NOT_FOUND);
      assert.deepEqual(await outcomeOf(pull(reference)), straight);
    });

    it("says RegistryUnavailable while the registry is down, and brings the image once it is back", async () => {
      const image = await pushBusybox(host, "signed/outage:v1");
      await cosignSign(image, node.key);
      await node.registry.kill();
      const outcome = await outcomeOf(pull(image.reference));
      assert.equal(outcome.code, status.UNKNOWN);
      assert.match(outcome.message, /^RegistryUnavailable: /);
      await node.registry.start();
      const { imageRef } = await pull(image.reference);
      assert.equal(imageRef, image.id);
    });
  });
}
