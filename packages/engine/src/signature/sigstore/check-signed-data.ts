import { constants, type KeyObject, publicDecrypt, verify } from "node:crypto";
import { sameBytes } from "../certificate-pool.ts";
import { ecdsaVerifies } from "../check-signature.ts";
import { ecdsaVerifiesDigest } from "../ecdsa-digest.ts";
import { pssVerifiesDigest } from "../pss-digest.ts";
import type { EllipticCurve, PublicKey } from "../public-key.ts";
import type { HashAlgorithm, SignedData } from "./signed-data.ts";

/**
 * Whether `key` signed `data`, in any of the ways in which sigstore's clients sign with such a key.
 * Source: sigstore/architecture-docs algorithm-registry.md; sigstore-go pkg/verify/signature.go.
 * @param hashAlgorithm undefined: the one that goes with the curve, or SHA-256, which old clients took for all keys
 */
export function isSignedBy(
  key: PublicKey,
  data: SignedData,
  signature: Uint8Array,
  hashAlgorithm: HashAlgorithm | undefined,
): boolean {
  switch (key.type) {
    case "ecdsa":
      return hashesOf(key.curve, hashAlgorithm).some((hash) => ecdsaCovers(key, hash, data, signature));
    case "rsa":
      return key.fault === undefined && key.key !== undefined
        ? rsaCovers(key.key, hashAlgorithm ?? "sha256", data, signature)
        : false;
    case "ed25519":
      return data.type === "bytes" && verify(null, data.bytes, key.key, signature);
    case "unsupported":
      return false;
  }
}

function hashesOf(curve: EllipticCurve, given: HashAlgorithm | undefined): readonly HashAlgorithm[] {
  return given === undefined ? usualHashes[curve] : [given];
}

const usualHashes: Readonly<Record<EllipticCurve, readonly HashAlgorithm[]>> = {
  P224: ["sha256"],
  P256: ["sha256"],
  P384: ["sha384", "sha256"],
  P521: ["sha512", "sha256"],
};

function ecdsaCovers(
  key: PublicKey & { readonly type: "ecdsa" },
  hash: HashAlgorithm,
  data: SignedData,
  signature: Uint8Array,
): boolean {
  if (data.type === "bytes") return ecdsaVerifies(key, hash, data.bytes, signature);
  return data.algorithm === hash && ecdsaVerifiesDigest(key, hash, data.value, signature);
}

/** PKCS #1 v1.5, or PSS with a salt of any length: Go's signer takes the longest that fits. */
function rsaCovers(key: KeyObject, hash: HashAlgorithm, data: SignedData, signature: Uint8Array): boolean {
  if (data.type === "digest") {
    if (data.algorithm !== hash) return false;
    return pkcs1CoversDigest(key, data, signature) || pssVerifiesDigest(key, hash, data.value, signature);
  }
  if (verify(hash, data.bytes, key, signature)) return true;
  const pss = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_AUTO };
  return verify(hash, data.bytes, { key, ...pss }, signature);
}

/** RFC 8017 §9.2: what is signed is the digest behind the name of its hash. */
function pkcs1CoversDigest(
  key: KeyObject,
  { algorithm, value }: SignedDigest,
  signature: Uint8Array,
): boolean {
  const expected = Buffer.concat([Buffer.from(digestInfo[algorithm], "hex"), value]);
  try {
    return sameBytes(publicDecrypt({ key, padding: constants.RSA_PKCS1_PADDING }, signature), expected);
  } catch {
    return false;
  }
}

type SignedDigest = Extract<SignedData, { readonly type: "digest" }>;

const digestInfo = {
  sha256: "3031300d060960864801650304020105000420",
  sha384: "3041300d060960864801650304020205000430",
  sha512: "3051300d060960864801650304020305000440",
} as const;
