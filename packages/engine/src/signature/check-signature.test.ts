import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createSigningKey, type KeyKind } from "@countersign/testkit/signing-kit/signing-key";
import { signatureFault } from "./check-signature.ts";
import { encodeDer } from "./der-write.ts";
import { parsePublicKeyPem } from "./public-key-pem.ts";

const message = Buffer.from("what was signed");
const keyOf = (kind: KeyKind, name = "sign") => createSigningKey(name, kind);
const publicKeyOf = (kind: KeyKind, name?: string) =>
  parsePublicKeyPem(Buffer.from(keyOf(kind, name).publicKeyPem));
const inAsn1 = "invalid signature when validating ASN.1 encoded signature";
const inP1363 = "invalid signature when validating IEEE_P1363 encoded signature";
const notP1363 = "ecdsa: Invalid IEEE_P1363 encoded bytes";

describe("signatureFault accepts", () => {
  for (const kind of ["p224", "p256", "p384", "p521", "ed25519", "rsa1024", "rsa2048"] as const) {
    it(kind, () =>
      assert.equal(signatureFault(publicKeyOf(kind), message, keyOf(kind).sign(message)), undefined),
    );
  }
  for (const kind of ["p224", "p256", "p384", "p521"] as const) {
    it(`${kind} as IEEE P1363`, () => {
      const signature = keyOf(kind).sign(message, { encoding: "ieee-p1363" });
      assert.equal(signatureFault(publicKeyOf(kind), message, signature), undefined);
    });
  }
  it("IEEE P1363 with more zeros than needed, as Go's big.Int does", () => {
    const signature = keyOf("p256").sign(message, { encoding: "ieee-p1363" });
    const padded = Buffer.concat([
      Buffer.alloc(1),
      signature.subarray(0, 32),
      Buffer.alloc(1),
      signature.subarray(32),
    ]);
    assert.equal(signatureFault(publicKeyOf("p256"), message, padded), undefined);
  });
});

describe("signatureFault refuses ECDSA", () => {
  const der = Buffer.from(keyOf("p256").sign(message));
  const p1363 = Buffer.from(keyOf("p256").sign(message, { encoding: "ieee-p1363" }));
  const negative = encodeDer(0x30, Buffer.from("020181020101", "hex"));
  const refused: ReadonlyArray<readonly [why: string, signature: Uint8Array, fault: string]> = [
    ["without bytes", Buffer.alloc(0), notP1363],
    ["of nonsense", Buffer.from("invalid signature"), notP1363],
    ["of an odd number of bytes", p1363.subarray(1), notP1363],
    ["of more than 132 bytes", Buffer.alloc(134), notP1363],
    ["of zeros", Buffer.alloc(64), inP1363],
    ["in DER with a byte after it", Buffer.concat([der, Buffer.from([0])]), inAsn1],
    ["in DER twice", Buffer.concat([der, der]), inAsn1],
    ["in DER with a third number", encodeDer(0x30, der.subarray(2), Buffer.from([2, 1, 1])), inAsn1],
    ["in DER with negative numbers", negative, inAsn1],
    ["in DER with zeros", Buffer.from("3006020100020100", "hex"), inAsn1],
    ["in BER", Buffer.concat([Buffer.from([0x30, 0x80]), der.subarray(2), Buffer.alloc(2)]), ""],
    ["of another message", keyOf("p256").sign(Buffer.from("another")), inAsn1],
    ["of another key", keyOf("p256", "other").sign(message), inAsn1],
    ["with SHA-384", keyOf("p256").sign(message, { hash: "sha384" }), inAsn1],
    [
      "as P1363 of another message",
      keyOf("p256").sign(Buffer.from("another"), { encoding: "ieee-p1363" }),
      inP1363,
    ],
  ];
  for (const [why, signature, fault] of refused) {
    it(why, () => {
      const found = signatureFault(publicKeyOf("p256"), message, signature);
      assert.ok(found !== undefined);
      assert.ok(fault === "" || found === fault, found);
    });
  }
});

describe("signatureFault refuses RSA", () => {
  const verification = "crypto/rsa: verification error";
  const refused: ReadonlyArray<readonly [why: string, signature: Uint8Array]> = [
    ["without bytes", Buffer.alloc(0)],
    ["of another message", keyOf("rsa2048").sign(Buffer.from("another"))],
    ["with PSS padding", keyOf("rsa2048").sign(message, { padding: "pss" })],
    ["with SHA-512", keyOf("rsa2048").sign(message, { hash: "sha512" })],
    ["with a zero before it", Buffer.concat([Buffer.alloc(1), keyOf("rsa2048").sign(message)])],
    ["of another key", keyOf("rsa2048", "other").sign(message)],
  ];
  for (const [why, signature] of refused) {
    it(why, () => assert.equal(signatureFault(publicKeyOf("rsa2048"), message, signature), verification));
  }
});

describe("signatureFault refuses Ed25519", () => {
  const good = Buffer.from(keyOf("ed25519").sign(message));
  const refused: ReadonlyArray<readonly [why: string, signature: Uint8Array]> = [
    ["without bytes", Buffer.alloc(0)],
    ["with a byte after it", Buffer.concat([good, Buffer.alloc(1)])],
    ["of another message", keyOf("ed25519").sign(Buffer.from("another"))],
    ["with S not reduced", withGroupOrderAdded(good)],
  ];
  for (const [why, signature] of refused) {
    it(why, () =>
      assert.equal(signatureFault(publicKeyOf("ed25519"), message, signature), "failed to verify signature"),
    );
  }
});

/** S + L would verify too, if S were not required to be below L: a second signature out of one. */
function withGroupOrderAdded(signature: Buffer): Uint8Array {
  const order = 2n ** 252n + 27742317777372353535851937790883648493n;
  const s = BigInt(`0x${Buffer.from(signature.subarray(32)).reverse().toString("hex")}`);
  const sum = Buffer.from((s + order).toString(16).padStart(64, "0"), "hex").reverse();
  return Buffer.concat([signature.subarray(0, 32), sum]);
}
