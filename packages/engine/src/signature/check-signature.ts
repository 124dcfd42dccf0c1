import { verify } from "node:crypto";
import { DerReader, derTag } from "./der.ts";
import { encodeDer, encodeUnsignedInteger } from "./der-write.ts";
import { asn1Field, asn1Integer } from "./go-asn1.ts";
import type { PublicKey } from "./public-key.ts";

/**
 * Verifies a cosign signature over `message` with SHA-256 (Ed25519: over the message itself), as sigstore's
 * signature.LoadVerifier: ECDSA in ASN.1 DER or, if it is not ASN.1, IEEE P1363; RSA PKCS #1 v1.5; Ed25519.
 * @returns why it does not verify, in the reference's words; undefined if it does
 */
export function signatureFault(
  publicKey: PublicKey,
  message: Uint8Array,
  signature: Uint8Array,
): string | undefined {
  switch (publicKey.type) {
    case "ecdsa":
      return ecdsaFault(publicKey, message, signature);
    case "rsa":
      return rsaSignatureFault(publicKey, "sha256", message, signature);
    case "ed25519":
      return verify(null, message, publicKey.key, signature) ? undefined : "failed to verify signature";
    case "unsupported":
      return unsupportedKey;
  }
}

/** sigstore's words for a key it has no verifier for. It fails the whole set of keys, whichever else would match. */
export const unsupportedKey = "unsupported public key type";

/** ECDSA over a hash of `message`, the signature in strict DER: Go's ecdsa.VerifyASN1. */
export function ecdsaVerifies(
  publicKey: PublicKey & { readonly type: "ecdsa" },
  hash: string,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  return isStrictEcdsa(signature) && verify(hash, message, publicKey.key, signature);
}

/** RSA PKCS #1 v1.5; undefined if it verifies. */
export function rsaSignatureFault(
  publicKey: PublicKey & { readonly type: "rsa" },
  hash: string,
  message: Uint8Array,
  signature: Uint8Array,
): string | undefined {
  if (publicKey.fault !== undefined) return publicKey.fault;
  const verifies = publicKey.key !== undefined && verify(hash, message, publicKey.key, signature);
  return verifies ? undefined : "crypto/rsa: verification error";
}

function ecdsaFault(
  publicKey: PublicKey & { readonly type: "ecdsa" },
  message: Uint8Array,
  signature: Uint8Array,
): string | undefined {
  if (looksLikeAsn1(signature)) {
    return ecdsaVerifies(publicKey, "sha256", message, signature)
      ? undefined
      : "invalid signature when validating ASN.1 encoded signature";
  }
  if (signature.length === 0 || signature.length > 132 || signature.length % 2 !== 0) {
    return "ecdsa: Invalid IEEE_P1363 encoded bytes";
  }
  const half = signature.length / 2;
  const r = encodeUnsignedInteger(signature.subarray(0, half));
  const s = encodeUnsignedInteger(signature.subarray(half));
  return verify("sha256", message, publicKey.key, encodeDer(derTag.sequence, r, s))
    ? undefined
    : "invalid signature when validating IEEE_P1363 encoded signature";
}

/** Whether encoding/asn1 reads two integers from it; trailing bytes do not matter here, only when verifying. */
function looksLikeAsn1(signature: Uint8Array): boolean {
  if (signature[0] !== derTag.sequence) return false;
  if (isStrictEcdsa(signature)) return true;
  try {
    const integer = { tag: 2, constructed: false, name: "" };
    const { content } = asn1Field(signature, 0, { tag: 16, constructed: true, name: "" });
    const r = asn1Field(content, 0, integer);
    asn1Integer(r.content);
    asn1Integer(asn1Field(content, r.next, integer).content);
    return true;
  } catch {
    return false;
  }
}

/** Exactly two INTEGERs that are not negative, and nothing after them. */
export function isStrictEcdsa(signature: Uint8Array): boolean {
  const outer = new DerReader(signature);
  const numbers = outer.enter(derTag.sequence);
  const r = numbers?.integer();
  const s = numbers?.integer();
  if (numbers === undefined || r === undefined || s === undefined) return false;
  return outer.done && numbers.done && (r[0] ?? 0) < 0x80 && (s[0] ?? 0) < 0x80;
}
