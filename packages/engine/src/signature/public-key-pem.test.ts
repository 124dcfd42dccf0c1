import assert from "node:assert/strict";
import { createPublicKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { describe, it } from "node:test";
import { encodePem } from "@countersign/testkit/signing-kit/issue-certificate";
import { createSigningKey } from "@countersign/testkit/signing-kit/signing-key";
import { encodeDer, encodeOid } from "./der-write.ts";
import { parsePublicKeyPem } from "./public-key-pem.ts";

const parse = (pem: string) => parsePublicKeyPem(Buffer.from(pem));
const pemOf = (key: KeyObject, type: "spki" | "pkcs1" = "spki") =>
  createPublicKey(key).export({ type, format: "pem" }).toString();
const spki = (algorithm: readonly Uint8Array[], key: Uint8Array, unused = 0) =>
  encodePem(
    "PUBLIC KEY",
    encodeDer(0x30, encodeDer(0x30, ...algorithm), encodeDer(0x03, Buffer.from([unused]), key)),
  );
const ecdsa = encodeOid("1.2.840.10045.2.1");
const p256 = encodeOid("1.2.840.10045.3.1.7");
const rsa = encodeOid("1.2.840.113549.1.1.1");

describe("parsePublicKeyPem reads", () => {
  for (const kind of ["p224", "p256", "p384", "p521", "ed25519", "rsa1024", "rsa2048"] as const) {
    it(`${kind}, and encodes it as it was`, () => {
      const key = createSigningKey("parse", kind);
      assert.ok(Buffer.from(key.spki).equals(parse(key.publicKeyPem).spki));
    });
  }
  it("PKCS #1, and encodes it as PKIX", () => {
    const { privateKey, spki: expected } = createSigningKey("parse", "rsa1024");
    assert.ok(Buffer.from(expected).equals(parse(pemOf(privateKey, "pkcs1")).spki));
  });
  it("the first block only", () => {
    const [first, second] = [createSigningKey("first"), createSigningKey("second")];
    assert.ok(Buffer.from(first.spki).equals(parse(first.publicKeyPem + second.publicKeyPem).spki));
  });
});

describe("parsePublicKeyPem parses what will never verify anything", () => {
  it("X25519", () =>
    assert.equal(parse(pemOf(generateKeyPairSync("x25519").privateKey)).type, "unsupported"));
  it("DSA", () => {
    const { privateKey } = generateKeyPairSync("dsa", { modulusLength: 1024, divisorLength: 160 });
    assert.equal(parse(pemOf(privateKey)).type, "unsupported");
  });
});

describe("parsePublicKeyPem refuses, in Go's words,", () => {
  const key = createSigningKey("parse");
  const compressed = createPublicKey(key.privateKey).export({ format: "jwk" });
  const x = Buffer.from(compressed.x ?? "", "base64url");
  const point = Buffer.from(key.spki).subarray(-65);
  const offCurve = Buffer.from(point);
  offCurve[64] = (offCurve[64] ?? 0) ^ 1;
  const refused: ReadonlyArray<readonly [why: string, pem: string, message: string]> = [
    ["nothing", "", "PEM decoding failed"],
    ["what is no PEM", "this is invalid", "PEM decoding failed"],
    ["a byte order mark before it", `\ufeff${pemOf(key.privateKey)}`, "PEM decoding failed"],
    [
      "a certificate",
      encodePem("CERTIFICATE", key.spki),
      "unknown Public key PEM file type: CERTIFICATE. Are you passing the correct public key?",
    ],
    [
      "a private key",
      key.privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
      "unknown Public key PEM file type: PRIVATE KEY. Are you passing the correct public key?",
    ],
    ["an empty block", encodePem("PUBLIC KEY", Buffer.alloc(0)), "asn1: syntax error: sequence truncated"],
    [
      "bytes after the key",
      encodePem("PUBLIC KEY", Buffer.concat([key.spki, Buffer.from([0])])),
      "x509: trailing data after ASN.1 of public-key",
    ],
    [
      "PKCS #1 under the wrong label",
      pemOf(createSigningKey("parse", "rsa1024").privateKey, "pkcs1").replaceAll("RSA PUBLIC", "PUBLIC"),
      "x509: failed to parse public key (use ParsePKCS1PublicKey instead for this key format)",
    ],
    [
      "PKIX under the wrong label",
      key.publicKeyPem.replaceAll("PUBLIC", "RSA PUBLIC"),
      "x509: failed to parse public key (use ParsePKIXPublicKey instead for this key format)",
    ],
    [
      "a compressed point",
      spki([ecdsa, p256], Buffer.concat([Buffer.from([2]), x])),
      "ecdsa: invalid uncompressed public key",
    ],
    [
      "a point of the wrong length",
      spki([ecdsa, p256], point.subarray(0, 64)),
      "invalid P256 point encoding",
    ],
    ["a point that is not on the curve", spki([ecdsa, p256], offCurve), "P256 point not on curve"],
    [
      "secp256k1",
      pemOf(generateKeyPairSync("ec", { namedCurve: "secp256k1" }).privateKey),
      "x509: unsupported elliptic curve",
    ],
    [
      "a curve given by its parameters",
      spki([ecdsa, encodeDer(0x30)], point),
      "x509: invalid ECDSA parameters",
    ],
    ["Ed448", pemOf(generateKeyPairSync("ed448").privateKey), "x509: unknown public key algorithm"],
    [
      "a short Ed25519 key",
      spki([encodeOid("1.3.101.112")], point.subarray(0, 31)),
      "x509: wrong Ed25519 public key size",
    ],
    [
      "Ed25519 with parameters",
      spki([encodeOid("1.3.101.112"), Buffer.from([5, 0])], point.subarray(0, 32)),
      "x509: Ed25519 key encoded with illegal parameters",
    ],
    ["RSA without NULL", spki([rsa], point), "x509: RSA key missing NULL parameters"],
    ["RSA that is no sequence", spki([rsa, Buffer.from([5, 0])], point), "x509: invalid RSA public key"],
    [
      "a negative RSA modulus",
      spki([rsa, Buffer.from([5, 0])], Buffer.from("3006020181020103", "hex")),
      "x509: RSA modulus is not a positive number",
    ],
    [
      "BER",
      encodePem(
        "PUBLIC KEY",
        Buffer.concat([Buffer.from([0x30, 0x80]), Buffer.from(key.spki).subarray(2), Buffer.alloc(2)]),
      ),
      "asn1: syntax error: indefinite length found (not DER)",
    ],
  ];
  for (const [why, pem, message] of refused) {
    it(why, () => assert.throws(() => parse(pem), { code: "SIGNATURE_INVALID", message }));
  }
});
