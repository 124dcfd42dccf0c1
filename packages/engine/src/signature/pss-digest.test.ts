import assert from "node:assert/strict";
import { constants, generateKeyPairSync, hash, type KeyObject, sign } from "node:crypto";
import { describe, it } from "node:test";
import { pssVerifiesDigest } from "./pss-digest.ts";

const keys = new Map<number, ReturnType<typeof keyPair>>();

function keyPair(bits: number) {
  return generateKeyPairSync("rsa", { modulusLength: bits });
}

function keyOf(bits: number) {
  const key = keys.get(bits) ?? keyPair(bits);
  keys.set(bits, key);
  return key;
}

const message = Buffer.from("message");

function pss(key: KeyObject, algorithm: string, saltLength: number, of: Uint8Array = message): Buffer {
  return sign(algorithm, of, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength });
}

describe("a PSS signature is over the digest of what it is over, and of nothing else", () => {
  const { RSA_PSS_SALTLEN_DIGEST: likeHash, RSA_PSS_SALTLEN_MAX_SIGN: longest } = constants;
  // of 2049 bits the first octet is no part of it; of others, some bits of it
  for (const bits of [2048, 2049, 2052]) {
    for (const algorithm of ["sha256", "sha384", "sha512"] as const) {
      for (const [what, saltLength] of [
        ["like the hash", likeHash],
        ["as long as fits", longest],
        ["none", 0],
      ] as const) {
        it(`${bits} bits, ${algorithm}, salt ${what}`, () => {
          const { publicKey, privateKey } = keyOf(bits);
          const digest = hash(algorithm, message, "buffer");
          const signature = pss(privateKey, algorithm, saltLength);
          assert.ok(pssVerifiesDigest(publicKey, algorithm, digest, signature));
          assert.ok(!pssVerifiesDigest(publicKey, algorithm, hash(algorithm, "other", "buffer"), signature));
          const broken = Buffer.from(signature);
          broken.writeUInt8(broken.readUInt8(bits % 100) ^ 1, bits % 100);
          assert.ok(!pssVerifiesDigest(publicKey, algorithm, digest, broken));
        });
      }
    }
  }
});

describe("a PSS signature over a digest is refused", () => {
  const { publicKey, privateKey } = keyOf(2048);
  const digest = hash("sha256", message, "buffer");
  const refused: ReadonlyArray<readonly [why: string, signature: Uint8Array]> = [
    ["that is empty", Buffer.alloc(0)],
    ["that is cut off", pss(privateKey, "sha256", 32).subarray(1)],
    ["beyond the modulus", Buffer.alloc(256, 0xff)],
    ["of zeros", Buffer.alloc(256)],
    ["of PKCS #1", sign("sha256", message, privateKey)],
    ["by another hash", pss(privateKey, "sha512", 32)],
    ["by another key", pss(keyPair(2048).privateKey, "sha256", 32)],
  ];
  for (const [why, signature] of refused) {
    it(why, () => assert.equal(pssVerifiesDigest(publicKey, "sha256", digest, signature), false));
  }
});
