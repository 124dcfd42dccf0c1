import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createSigningKey } from "@countersign/testkit/signing-kit/signing-key";
import { rsaPublicKey } from "./public-key.ts";
import { parsePkix } from "./public-key-pem.ts";
import { verificationEffort } from "./verification-effort.ts";

const rsaOf = (bits: number) => {
  const modulus = Buffer.alloc(bits / 8 + 1, 0xff);
  modulus[0] = 0;
  return rsaPublicKey(modulus, 65_537n);
};

describe("verifying costs more", () => {
  const rows = [
    ["RSA of 2048 bits", rsaOf(2048), 1],
    ["RSA of 4096 bits", rsaOf(4096), 1],
    ["RSA of 8192 bits", rsaOf(8192), 4],
    ["RSA of 16384 bits", rsaOf(16_384), 16],
    ["P-256", parsePkix(createSigningKey("key", "p256").spki), 1],
    ["P-521", parsePkix(createSigningKey("key", "p521").spki), 2],
    ["Ed25519", parsePkix(createSigningKey("key", "ed25519").spki), 1],
  ] as const;
  for (const [what, key, effort] of rows) {
    it(what, () => assert.equal(verificationEffort(key), effort));
  }
});
