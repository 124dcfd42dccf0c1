import assert from "node:assert/strict";
import { hash } from "node:crypto";
import { describe, it } from "node:test";
import { createGpgKey } from "@countersign/testkit/signing-kit/gpg/gpg-key";
import { verifiesDsa } from "./dsa.ts";
import { OctetReader } from "./octets.ts";
import { readPublicKey } from "./public-key.ts";

const document = Buffer.from("document");

describe("verifiesDsa", () => {
  for (const kind of ["dsa1024", "dsa2048"] as const) {
    for (const algorithm of ["sha1", "sha256", "sha512"] as const) {
      const key = createGpgKey("alice", kind);
      const numbers = numbersOf(key.body);
      const reader = new OctetReader(key.sign(algorithm, document));
      const [r, s] = [reader.mpi()?.octets ?? new Uint8Array(), reader.mpi()?.octets ?? new Uint8Array()];
      const digest = hash(algorithm, document, "buffer");

      it(`takes what OpenSSL signs: ${kind} with ${algorithm}`, () =>
        assert.ok(verifiesDsa(numbers, digest, r, s)));
      it(`takes no other digest and no other numbers: ${kind} with ${algorithm}`, () => {
        const other = hash(algorithm, "other", "buffer");
        const [, q = new Uint8Array()] = numbers;
        assert.ok(!verifiesDsa(numbers, other, r, s));
        assert.ok(!verifiesDsa(numbers, digest, s, r));
        assert.ok(!verifiesDsa(numbers, digest, new Uint8Array(), s));
        assert.ok(!verifiesDsa(numbers, digest, r, new Uint8Array()));
        assert.ok(!verifiesDsa(numbers, digest, r, q));
        assert.ok(!verifiesDsa(numbers, digest, q, s));
      });
    }
  }

  it("takes nothing for a key of nothing", () => {
    const one = Uint8Array.of(1);
    assert.ok(!verifiesDsa([], document, one, one));
    assert.ok(!verifiesDsa([one, one, one, one], document, one, one));
  });
});

function numbersOf(body: Uint8Array): readonly Uint8Array[] {
  const key = readPublicKey(body);
  assert.ok(typeof key === "object");
  return key.numbers;
}
