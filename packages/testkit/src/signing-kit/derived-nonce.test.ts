import assert from "node:assert/strict";
import { verify } from "node:crypto";
import { describe, it } from "node:test";
import { signWithDerivedNonce } from "./derived-nonce.ts";
import { createSigningKey, type KeyKind } from "./signing-key.ts";

const p256 = {
  curve: "prime256v1",
  order: 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
};

describe("a signature with a derived nonce", () => {
  // RFC 6979 §A.2.5
  const scalar = Buffer.from("c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721", "hex");
  const rows = [
    [
      "sha256",
      "sample",
      "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716",
      "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8",
    ],
    [
      "sha512",
      "test",
      "461d93f31b6540894788fd206c07cfa0cc35f46fa3c91816fff1040ad1581a04",
      "39af9f15de0db8d97e72719c74820d304ce5226e32dedae67519e840d1194e55",
    ],
  ] as const;
  for (const [algorithm, message, r, s] of rows) {
    it(`is that of the RFC for ${algorithm} of "${message}"`, () => {
      const signature = Buffer.from(
        signWithDerivedNonce(p256, scalar, Buffer.from(message), algorithm),
      ).toString("hex");
      assert.ok(signature.includes(r), "another r");
      assert.ok(signature.includes(s), "another s");
    });
  }

  for (const kind of ["p224", "p256", "p384", "p521"] satisfies readonly KeyKind[]) {
    it(`by a key on ${kind} is the same every time, verifies, and is another for another message`, () => {
      const key = createSigningKey("derived nonces", kind);
      for (const hash of ["sha1", "sha256", "sha384", "sha512"] as const) {
        const signed = key.sign(Buffer.from("message"), { hash });
        assert.deepEqual(signed, key.sign(Buffer.from("message"), { hash }));
        assert.ok(verify(hash, Buffer.from("message"), key.publicKeyPem, signed));
        assert.notDeepEqual(signed, key.sign(Buffer.from("massage"), { hash }));
      }
      const raw = key.sign(Buffer.from("message"), { encoding: "ieee-p1363" });
      const asked = { key: key.publicKeyPem, dsaEncoding: "ieee-p1363" } as const;
      assert.ok(verify("sha256", Buffer.from("message"), asked, raw));
    });
  }
});
