import assert from "node:assert/strict";
import { appendFile } from "node:fs/promises";
import { after, before, describe, it } from "node:test";
import { status } from "@grpc/grpc-js";
import { pushBusybox } from "../peers/images.ts";
import { containerdVersions, startNode, type TestNode } from "../peers/node.ts";
import { outcomeOf } from "../peers/outcome.ts";
import { pushManifest } from "../peers/push.ts";
import type { PushedImage } from "../peers/pushed-image.ts";
import { cosignSign } from "../peers/signing.ts";
import { policyFor, signedBy, writePolicy } from "../peers/trust-files.ts";
import { startTwoFacedRegistry, type TwoFacedRegistry } from "../peers/two-faced-registry.ts";

/** What is verified and what the runtime pulls are asked for one after the other; these make the answers differ. */
for (const version of containerdVersions) {
  describe(`what containerd ${version} pulls is what was verified, though`, () => {
    let node: TestNode;
    let liar: TwoFacedRegistry;
    before(async () => {
      node = await startNode(version);
      liar = await startTwoFacedRegistry(node.registry.host);
      const scopes = [node.registry.host, liar.host].map((host) => [`${host}/signed`, [signedBy(node.key)]]);
      await writePolicy(node.trust.policy, policyFor(Object.fromEntries(scopes)));
      await appendFile(
        node.trust.registriesConf,
        `\n[[registry]]\nlocation = "${liar.host}"\ninsecure = true\n`,
      );
    });
    after(async () => {
      await liar?.close();
      await node?.close();
    });

    /** The refusal's message, after checking that it left nothing on disk. */
    async function refusalOf(reference: string): Promise<string> {
      const held = await node.runtime.contents();
      const { code, message } = await outcomeOf(node.kubelet.pullImage({ image: { image: reference } }));
      assert.equal(code, status.UNKNOWN);
      assert.deepEqual(await node.runtime.contents(), held);
      return message;
    }

    it("the registry shows the runtime another image under the tag", async () => {
      const signed = await pushBusybox(node.registry.host, "signed/moving:v1");
      await pushBusybox(node.registry.host, "signed/moving:evil");
      const reference = `${liar.host}/signed/moving:v1`;
      await cosignSign(signed, node.key, { identity: reference });
      liar.lies.set("signed/moving:v1", "evil");
      assert.match(
        await refusalOf(reference),
        /^SignatureValidationFailed: .* meant another image each time/,
      );

      liar.lies.clear();
      const { imageRef } = await node.kubelet.pullImage({ image: { image: reference } });
      assert.equal(imageRef, signed.id);
    });

    it("the index has an entry that only the runtime reads as this platform's", async () => {
      const { host } = node.registry;
      const signed = await pushBusybox(host, "signed/index:good");
      const evil = await pushBusybox(host, "signed/index:evil");
      const reference = `${host}/signed/index:v1`;
      await cosignSign(signed, node.key, { identity: reference });
      await pushManifest(host, "signed/index", "v1", {
        schemaVersion: 2,
        mediaType: "application/vnd.oci.image.index.v1+json",
        manifests: [
          await descriptorOf(evil, { os: "linux", architecture: aliasOfThisProcessor }),
          await descriptorOf(signed, { os: "linux", architecture: goNameOfThisProcessor }),
        ],
      });

      const straight = await node.direct.pullImage({ image: { image: reference } });
      assert.equal(straight.imageRef, evil.id, "the runtime alone falls for it");
      await node.direct.removeImage({ image: { image: evil.id } });
      assert.match(
        await refusalOf(reference),
        /^SignatureValidationFailed: the runtime chose another image from/,
      );
    });
  });
}

const goNameOfThisProcessor = process.arch === "x64" ? "amd64" : process.arch;
/** containerd's platforms.Normalize takes it for the Go name; containers/image compares letter by letter. */
const aliasOfThisProcessor = process.arch === "x64" ? "x86_64" : "aarch64";

async function descriptorOf({ repository, digest }: PushedImage, platform: object): Promise<object> {
  const manifest = await fetch(`http://${repository.replace("/", "/v2/")}/manifests/${digest}`, {
    headers: { accept: "application/vnd.oci.image.manifest.v1+json" },
  });
  const { byteLength } = await manifest.arrayBuffer();
  return { mediaType: "application/vnd.oci.image.manifest.v1+json", digest, size: byteLength, platform };
}
