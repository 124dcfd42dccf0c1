import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { status } from "@grpc/grpc-js";
import { pushBusybox } from "../peers/images.ts";
import { containerdVersions, startNode, type TestNode } from "../peers/node.ts";
import { outcomeOf } from "../peers/outcome.ts";
import type { PushedImage } from "../peers/pushed-image.ts";
import { account } from "../peers/registry.ts";
import { cosignSign } from "../peers/signing.ts";

const right = { username: account.username, password: account.password };
const wrong = { username: account.username, password: "wrong-and-secret" };

for (const version of containerdVersions) {
  describe(`a pull from a private registry through the gateway to containerd ${version}`, () => {
    let node: TestNode;
    let signed: PushedImage;
    let unsigned: PushedImage;

    before(async () => {
      node = await startNode(version);
      signed = await pushPrivately("signed/app:v1");
      unsigned = await pushPrivately("signed/not:v1");
      await cosignSign(openly(signed), node.key, { identity: signed.reference });
    });
    after(() => node?.close());

    /** Pushes by the open door; the name is the one behind the private door. */
    async function pushPrivately(name: string): Promise<PushedImage> {
      return renamed(
        await pushBusybox(node.registry.host, name),
        node.registry.host,
        node.privateRegistry.host,
      );
    }

    const openly = (image: PushedImage) => renamed(image, node.privateRegistry.host, node.registry.host);

    const pull = (image: PushedImage, auth?: typeof right | typeof wrong) =>
      outcomeOf(
        node.kubelet.pullImage({
          image: { image: image.reference },
          ...(auth === undefined ? {} : { auth }),
        }),
      );

    it("reads image and signature with the credentials of the call", async () => {
      assert.deepEqual(await pull(signed, right), { code: status.OK, message: "" });
      const { image } = await node.kubelet.imageStatus({ image: { image: signed.reference } });
      assert.equal(image?.id, signed.id);
    });

    it("refuses an unsigned image for its missing signature", async () => {
      assert.deepEqual(await pull(unsigned, right), {
        code: status.UNKNOWN,
        message:
          "SignatureValidationFailed: Source image rejected: A signature was required, but no signature exists",
      });
    });

    for (const [how, auth] of [
      ["no credentials", undefined],
      ["wrong credentials", wrong],
    ] as const) {
      it(`with ${how} is no matter of signatures or of the registry's health`, async () => {
        const outcome = await pull(signed, auth);
        assert.equal(outcome.code, status.UNKNOWN);
        assert.doesNotMatch(outcome.message, /^(SignatureValidationFailed|RegistryUnavailable)/);
        assert.match(outcome.message, /authentication required|unauthorized|401/);
      });
    }

    it("leaves no password in the gateway's log", async () => {
      const log = await node.gateway.log();
      assert.match(log, /signed\/app/);
      for (const { password } of [right, wrong]) {
        assert.ok(!log.includes(password));
        assert.ok(!log.includes(Buffer.from(`${account.username}:${password}`).toString("base64")));
      }
    });
  });
}

function renamed(image: PushedImage, from: string, to: string): PushedImage {
  return {
    ...image,
    reference: image.reference.replace(from, to),
    repository: image.repository.replace(from, to),
  };
}
