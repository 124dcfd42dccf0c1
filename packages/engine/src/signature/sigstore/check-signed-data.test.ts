import assert from "node:assert/strict";
import { generateKeyPairSync, hash, sign } from "node:crypto";
import { describe, it } from "node:test";
import { createSigningKey, type KeyKind } from "@countersign/testkit/signing-kit/signing-key";
import { parsePkix } from "../public-key-pem.ts";
import { isSignedBy } from "./check-signed-data.ts";
import type { HashAlgorithm, SignedData } from "./signed-data.ts";

const bytes = Buffer.from("artifact");
const digest = (algorithm: HashAlgorithm): SignedData => ({
  type: "digest",
  algorithm,
  value: hash(algorithm, bytes, "buffer"),
});

describe("of an artifact whose digest alone is known a signature is accepted", () => {
  const rows: readonly (readonly [
    what: string,
    kind: KeyKind,
    signedHash: HashAlgorithm,
    known: HashAlgorithm,
    asked: HashAlgorithm | undefined,
    accepted: boolean,
  ])[] = [
    ["over that digest, ECDSA", "p256", "sha256", "sha256", undefined, true],
    ["over that digest, RSA", "rsa2048", "sha256", "sha256", undefined, true],
    ["by the hash that is asked for, RSA", "rsa2048", "sha512", "sha512", "sha512", true],
  ];
  const refused: typeof rows = [
    ["by another hash than is asked for, ECDSA", "p256", "sha256", "sha256", "sha512", false],
    ["by another hash than goes with the curve", "p256", "sha512", "sha512", undefined, false],
    ["by another hash than is usual, RSA", "rsa2048", "sha512", "sha512", undefined, false],
    ["by another hash than is asked for, RSA", "rsa2048", "sha256", "sha256", "sha512", false],
    ["over another digest", "p256", "sha512", "sha256", undefined, false],
  ];
  for (const [what, kind, signedHash, known, asked, accepted] of [...rows, ...refused]) {
    it(`${accepted ? "" : "not "}${what}`, () => {
      const key = createSigningKey("release", kind);
      const signature = key.sign(bytes, { hash: signedHash });
      assert.equal(isSignedBy(parsePkix(key.spki), digest(known), signature, asked), accepted);
    });
  }
});

it("no signature counts by an RSA key that is too short to be trusted", () => {
  const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 768 });
  const key = parsePkix(publicKey.export({ type: "spki", format: "der" }));
  const signature = sign("sha256", bytes, privateKey);
  assert.equal(isSignedBy(key, { type: "bytes", bytes }, signature, undefined), false);
  assert.equal(isSignedBy(key, digest("sha256"), signature, undefined), false);
});
