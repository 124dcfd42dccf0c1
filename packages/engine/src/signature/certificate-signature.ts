import { constants, verify } from "node:crypto";
import type { Certificate } from "./certificate.ts";
import type { SignatureAlgorithm } from "./certificate-signature-algorithm.ts";
import { ecdsaVerifies, rsaSignatureFault } from "./check-signature.ts";
import type { PublicKey } from "./public-key.ts";

/**
 * Whether `parent` signed `child`: Go's Certificate.CheckSignatureFrom.
 * @returns why not, in Go's words; undefined if it did
 */
export function signedByFault(child: Certificate, parent: Certificate): string | undefined {
  if (!maySignCertificates(parent)) {
    return "x509: invalid signature: parent certificate cannot sign this kind of certificate";
  }
  return parent.publicKey === undefined ? unimplemented : rememberedFault(child, parent.publicKey);
}

/** Whether it is a CA's: certificates before version 3 could not say so. */
export function maySignCertificates({
  version,
  facts: { basicConstraints, mayCertSign },
}: Certificate): boolean {
  const mayBeCa = basicConstraints === undefined ? version !== 3 : basicConstraints.isCa;
  return mayBeCa && mayCertSign;
}

const unimplemented = "x509: cannot verify signature: algorithm unimplemented";

/**
 * Signatures are verified once for as long as the parsed certificates are kept (by content, see content-memo.ts): the
 * same CAs come back with every image and the same leaf with every pull of one, whether they match does not depend on
 * the time, and finding out costs more than all the rest of a check.
 */
const faults = new WeakMap<Uint8Array, WeakMap<PublicKey, { readonly fault: string | undefined }>>();

function rememberedFault(child: Certificate, key: PublicKey): string | undefined {
  const byKey = faults.get(child.raw) ?? new WeakMap();
  const known = byKey.get(key);
  if (known !== undefined) return known.fault;
  const fault = cryptographicFault(child, key);
  faults.set(child.raw, byKey.set(key, { fault }));
  return fault;
}

/** What of a certificate is signed, and how; other things are signed in the same ways. */
export type SignedPart = Pick<Certificate, "tbs" | "signature" | "signatureAlgorithm">;

/**
 * Whether `key` signed it: Go's checkSignature.
 * @returns why not, in Go's words; undefined if it did
 */
export function cryptographicFault(child: SignedPart, key: PublicKey): string | undefined {
  const algorithm = child.signatureAlgorithm;
  if (algorithm === undefined) return unimplemented;
  if (algorithm.hash === "md5" || algorithm.hash === "sha1") {
    return `x509: cannot verify signature: insecure algorithm ${algorithm.name}`;
  }
  if (key.type === "unsupported") return unimplemented;
  if (keyTypes[key.type].name !== algorithm.keyType) {
    return `x509: signature algorithm specifies an ${algorithm.keyType} public key, but have public key of type ${keyTypes[key.type].goType}`;
  }
  return keyFault(child, key, algorithm);
}

const keyTypes = {
  rsa: { name: "RSA", goType: "*rsa.PublicKey" },
  ecdsa: { name: "ECDSA", goType: "*ecdsa.PublicKey" },
  ed25519: { name: "Ed25519", goType: "ed25519.PublicKey" },
} as const;

function keyFault(
  child: SignedPart,
  key: Exclude<PublicKey, { readonly type: "unsupported" }>,
  { hash = "", isPss }: SignatureAlgorithm,
): string | undefined {
  switch (key.type) {
    case "ecdsa":
      return ecdsaVerifies(key, hash, child.tbs, child.signature)
        ? undefined
        : "x509: ECDSA verification failure";
    case "ed25519":
      return verify(null, child.tbs, key.key, child.signature)
        ? undefined
        : "x509: Ed25519 verification failure";
    case "rsa":
      return isPss ? pssFault(child, key, hash) : rsaSignatureFault(key, hash, child.tbs, child.signature);
  }
}

function pssFault(
  child: SignedPart,
  { key, fault }: PublicKey & { readonly type: "rsa" },
  hash: string,
): string | undefined {
  if (fault !== undefined) return fault;
  const pss = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };
  const verifies = key !== undefined && verify(hash, child.tbs, { key, ...pss }, child.signature);
  return verifies ? undefined : "crypto/rsa: verification error";
}
