import assert from "node:assert/strict";
import { createPublicKey, verify, X509Certificate } from "node:crypto";
import { describe, it } from "node:test";
import { digestOf } from "@countersign/engine/values/digest";
import { signatureManifest, signatureTag } from "./signature-manifest.ts";
import { createSigningKey } from "./signing-key.ts";
import { createSigningKit } from "./signing-kit.ts";

const kit = createSigningKit();
const image = { digest: digestOf(Buffer.from("manifest")), reference: "registry.example/app" };

describe("createSigningKey", () => {
  for (const kind of ["p224", "p256", "p384", "p521", "ed25519", "rsa1024", "rsa2048"] as const) {
    it(`signs with ${kind} what OpenSSL verifies`, () => {
      const key = createSigningKey("kit", kind);
      const signature = key.sign(Buffer.from("x"));
      const hash = kind === "ed25519" ? null : "sha256";
      assert.ok(verify(hash, Buffer.from("x"), createPublicKey(key.publicKeyPem), signature));
    });
    it(`makes the same ${kind} key for the same name, and another for another`, () => {
      const { publicKeyPem } = createSigningKey("kit", kind);
      assert.equal(createSigningKey("kit", kind).publicKeyPem, publicKeyPem);
      assert.notEqual(createSigningKey("other", kind).publicKeyPem, publicKeyPem);
    });
  }
});

describe("the kit's Fulcio", () => {
  const leaf = kit.fulcio.issue({});
  const [certificate, intermediate, root] = [
    leaf.pem,
    kit.fulcio.authority.intermediate.pem,
    kit.fulcio.authority.root.pem,
  ].map((pem) => new X509Certificate(pem));
  it("issues a chain that OpenSSL follows", () => {
    assert.ok(certificate && intermediate && root);
    assert.ok(certificate.checkIssued(intermediate) && certificate.verify(intermediate.publicKey));
    assert.ok(intermediate.checkIssued(root) && intermediate.verify(root.publicKey));
    assert.ok(root.ca && intermediate.ca && !certificate.ca);
  });
  it("certifies the address and the key", () => {
    assert.equal(certificate?.subjectAltName, "email:dev@example.com");
    assert.ok(certificate?.publicKey.equals(createPublicKey(leaf.key.privateKey)));
  });
});

describe("signatureManifest", () => {
  const signatures = [kit.sign(kit.key("a"), image), kit.signKeyless({}, image)];
  const { manifest, digest, blobs } = signatureManifest(signatures);
  const { layers, config } = JSON.parse(Buffer.from(manifest).toString());
  it("has a layer for each signature, in order, with its annotations", () => {
    assert.deepEqual(
      layers.map(({ annotations }: { annotations: object }) => annotations),
      signatures.map(({ annotations }) => Object.fromEntries(annotations)),
    );
  });
  it("comes with every blob it names", () => {
    for (const named of [...layers, config]) {
      const blob = blobs.get(named.digest);
      assert.equal(blob?.length, named.size);
      assert.equal(digestOf(blob ?? Buffer.alloc(0)), named.digest);
    }
    assert.equal(digestOf(manifest), digest);
  });
  it("is found under cosign's tag", () => {
    assert.equal(signatureTag(image.digest), `sha256-${image.digest.slice(7)}.sig`);
  });
});
