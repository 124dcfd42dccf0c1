import assert from "node:assert/strict";
import { createPublicKey, verify, X509Certificate } from "node:crypto";
import { describe, it } from "node:test";
import { createSigningKey } from "./signing-key.ts";
import { createSigningKit } from "./signing-kit.ts";

const kit = createSigningKit();

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
