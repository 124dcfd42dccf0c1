import assert from "node:assert/strict";
import { createECDH, createPublicKey, hash } from "node:crypto";
import { describe, it } from "node:test";
import { createSigningKey } from "@countersign/testkit/signing-kit/signing-key";
import fc from "fast-check";
import { encodeDer, encodeUnsignedInteger } from "./der-write.ts";
import { ecdsaVerifiesDigest } from "./ecdsa-digest.ts";
import type { PublicKey } from "./public-key.ts";
import { parsePkix } from "./public-key-pem.ts";

type EcdsaKey = PublicKey & { readonly type: "ecdsa" };

function ecdsaKey(spki: Uint8Array): EcdsaKey {
  const key = parsePkix(spki);
  assert.ok(key.type === "ecdsa");
  return key;
}

describe("a signature is over the digest of what it is over, and of nothing else", () => {
  for (const kind of ["p256", "p384", "p521"] as const) {
    for (const algorithm of ["sha256", "sha384", "sha512"] as const) {
      it(`${kind} with ${algorithm}`, () => {
        const signer = createSigningKey("digest", kind);
        const key = ecdsaKey(signer.spki);
        fc.assert(
          fc.property(fc.uint8Array(), fc.nat(31), (message, at) => {
            const signature = signer.sign(message, { hash: algorithm });
            const digest = hash(algorithm, message, "buffer");
            const other = digest.map((byte, n) => (n === at ? byte ^ 1 : byte));
            return (
              ecdsaVerifiesDigest(key, algorithm, digest, signature) &&
              !ecdsaVerifiesDigest(key, algorithm, other, signature)
            );
          }),
          { numRuns: 10, examples: [[new Uint8Array(), 0]] },
        );
      });
    }
  }
});

describe("a signature over a digest is refused", () => {
  const signer = createSigningKey("digest");
  const key = ecdsaKey(signer.spki);
  const message = Buffer.from("message");
  const digest = hash("sha256", message, "buffer");
  const signature = signer.sign(message);
  const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
  const numbers = (r: bigint, s: bigint) =>
    encodeDer(0x30, ...[r, s].map((n) => encodeUnsignedInteger(octets(n))));
  const refused: ReadonlyArray<readonly [why: string, signature: Uint8Array]> = [
    ["of another key", createSigningKey("another").sign(message)],
    ["that is empty", Buffer.alloc(0)],
    ["with bytes after it", Buffer.concat([signature, Buffer.of(0)])],
    ["of zeros", numbers(0n, 0n)],
    ["whose r is 0", numbers(0n, 1n)],
    ["whose r is the order of the group", numbers(order, 1n)],
    ["whose r is beyond it", numbers(order + 1n, 1n)],
    ["whose s is 0", numbers(1n, 0n)],
  ];
  for (const [why, bytes] of refused) {
    it(why, () => assert.equal(ecdsaVerifiesDigest(key, "sha256", digest, bytes), false));
  }

  it("with a P-224 key, which sigstore has none of", () => {
    const small = createSigningKey("small", "p224");
    assert.equal(ecdsaVerifiesDigest(ecdsaKey(small.spki), "sha256", digest, small.sign(message)), false);
  });
});

it("whoever has the key can choose digests that lead to adding a point to itself, which is done right", () => {
  const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
  const [secret, nonce] = [123456789n, 987654321n];
  const r = unsigned(pointOf(nonce).subarray(1, 33)) % order;
  // the point that is added, (e − e′)/r·G, is the key itself
  const e = (unsigned(hash("sha256", "", "buffer")) + r * secret) % order;
  const s = (inverse(nonce, order) * (e + r * secret)) % order;
  const point = pointOf(secret);
  const jwk = {
    kty: "EC",
    crv: "P-256",
    x: point.subarray(1, 33).toString("base64url"),
    y: point.subarray(33).toString("base64url"),
  };
  const spki = createPublicKey({ key: jwk, format: "jwk" }).export({ type: "spki", format: "der" });
  const signature = encodeDer(0x30, encodeUnsignedInteger(octets(r)), encodeUnsignedInteger(octets(s)));
  assert.ok(ecdsaVerifiesDigest(ecdsaKey(spki), "sha256", octets(e), signature));
});

function pointOf(secret: bigint): Buffer {
  const ecdh = createECDH("prime256v1");
  ecdh.setPrivateKey(octets(secret));
  return ecdh.getPublicKey();
}

function octets(value: bigint): Buffer {
  return Buffer.from(value.toString(16).padStart(64, "0"), "hex");
}

function unsigned(bytes: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(bytes).toString("hex")}`);
}

/** Fermat. */
function inverse(value: bigint, modulus: bigint): bigint {
  let result = 1n;
  for (let [square, rest] = [value, modulus - 2n]; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = (result * square) % modulus;
    square = (square * square) % modulus;
  }
  return result;
}
