import assert from "node:assert/strict";
import { createPrivateKey, createPublicKey, hash, verify } from "node:crypto";
import { describe, it } from "node:test";
import { signEd25519ph } from "@countersign/testkit/signing-kit/ed25519ph";
import { createSigningKey } from "@countersign/testkit/signing-kit/signing-key";
import fc from "fast-check";
import { ed25519phVerifies, pureEd25519Verifies } from "./ed25519ph.ts";

const hex = (text: string) => Buffer.from(text, "hex");
const key = createSigningKey("prehashed", "ed25519");
const rawKey = key.spki.subarray(-32);
const order = 2n ** 252n + 27742317777372353535851937790883648493n;

describe("an Ed25519ph signature is accepted", () => {
  it("that RFC 8032 §7.3 shows", () => {
    const seed = "833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42";
    const privateKey = createPrivateKey({
      key: hex(`302e020100300506032b657004220420${seed}`),
      format: "der",
      type: "pkcs8",
    });
    const spki = createPublicKey(privateKey).export({ format: "der", type: "spki" });
    const signature = hex(
      "98a70222f0b8121aa9d30f813d683f809e462b469c7ff87639499bb94e6dae4131f85042463c2a355a2003d062adf5aaa10b8c61e636062aaad11c2a26083406",
    );
    assert.ok(ed25519phVerifies(spki.subarray(-32), hash("sha512", "abc", "buffer"), signature));
  });

  it("over the digest of what was signed, and no other", () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.nat(511), (message, bit) => {
        const digest = hash("sha512", message, "buffer");
        const signature = signEd25519ph(key, message);
        return (
          ed25519phVerifies(rawKey, digest, signature) &&
          !ed25519phVerifies(rawKey, flipped(digest, bit), signature) &&
          !ed25519phVerifies(rawKey, digest, flipped(signature, bit))
        );
      }),
      { numRuns: 8 },
    );
  });
});

describe("an Ed25519ph signature is refused", () => {
  const message = Buffer.from("message");
  const digest = hash("sha512", message, "buffer");
  const signature = signEd25519ph(key, message);
  const s = littleEndian(signature.subarray(32));
  const refused: ReadonlyArray<
    readonly [why: string, rawKey: Uint8Array, digest: Uint8Array, signature: Uint8Array]
  > = [
    ["of the message itself", rawKey, digest, key.sign(message)],
    ["of the digest as a message", rawKey, digest, key.sign(digest)],
    ["over a digest that is cut off", rawKey, digest.subarray(1), signature],
    ["that is cut off", rawKey, digest, signature.subarray(1)],
    [
      "whose S was added the order to",
      rawKey,
      digest,
      Buffer.concat([signature.subarray(0, 32), octets(s + order)]),
    ],
    ["of another key", createSigningKey("another", "ed25519").spki.subarray(-32), digest, signature],
    ["of a key that is no point", octets(2n), digest, signature],
    ["of a key whose y is not below the prime", octets(2n ** 255n - 19n + 1n), digest, signature],
    ["of a key that says that 0 is odd", octets(1n + 2n ** 255n), digest, signature],
    ["of a key that is cut off", rawKey.subarray(1), digest, signature],
  ];
  for (const [why, publicKey, of, bytes] of refused) {
    it(why, () => assert.equal(ed25519phVerifies(publicKey, of, bytes), false));
  }

  const smallOrders = [
    ["the zero", 1n],
    ["of order two", 2n ** 255n - 20n],
    ["of order four", 0n],
  ] as const;
  for (const [what, y] of smallOrders) {
    it(`of a key that is ${what}: anybody could sign every message, or one in so many`, () => {
      const forged = Buffer.concat([octets(1n), octets(0n)]);
      for (let at = 0; at < 16; at++) {
        const any = hash("sha512", `message ${at}`, "buffer");
        assert.equal(ed25519phVerifies(octets(y), any, forged), false);
      }
    });
  }
});

describe("the arithmetic beneath, without hashing first,", () => {
  it("takes what OpenSSL takes", () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.nat(511), (message, bit) => {
        const signature = key.sign(message);
        return (
          pureEd25519Verifies(rawKey, message, signature) &&
          !pureEd25519Verifies(rawKey, message, flipped(signature, bit))
        );
      }),
      { numRuns: 8 },
    );
  });

  it("takes nothing that OpenSSL does not, whatever the key", () => {
    const anyOctets = fc.uint8Array({ minLength: 32, maxLength: 32 });
    // points of small order are where implementations differ
    const oddKeys = [0n, 1n, 2n ** 255n - 20n, 2n ** 255n - 19n, 2n ** 255n - 18n].map(octets);
    const keys = fc.oneof(anyOctets, fc.constantFrom(...oddKeys));
    const scalars = fc.oneof(anyOctets, fc.constantFrom(octets(0n), octets(1n), octets(order)));
    fc.assert(
      fc.property(keys, keys, scalars, (publicKey, r, s) => {
        const signature = Buffer.concat([r, s]);
        return !pureEd25519Verifies(publicKey, signature, signature) || opensslVerifies(publicKey, signature);
      }),
      { numRuns: 30 },
    );
  });
});

function opensslVerifies(rawPublicKey: Uint8Array, signature: Uint8Array): boolean {
  const spki = Buffer.concat([hex("302a300506032b6570032100"), rawPublicKey]);
  return verify(null, signature, createPublicKey({ key: spki, format: "der", type: "spki" }), signature);
}

function flipped(bytes: Uint8Array, bit: number): Uint8Array {
  return bytes.map((byte, at) => (at === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte));
}

function octets(value: bigint): Buffer {
  return hex(value.toString(16).padStart(64, "0")).reverse();
}

function littleEndian(bytes: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(bytes).reverse().toString("hex")}`);
}
