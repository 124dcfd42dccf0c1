import { hash } from "node:crypto";
import type { HashAlgorithm } from "@countersign/engine/signature/sigstore/signed-data";
import { pemBlock } from "./keys/pem-block.ts";
import { publicKeyPem, type Signer, type SigningPublicKey } from "./keys/signer.ts";

/** Who signs: a key, and who says whose it is. */
export interface SigningParty {
  readonly signer: Signer;
  /** undefined: verifiers know the key itself */
  readonly certificate: SigningCertificate | undefined;
}

/** DER. */
export interface SigningCertificate {
  readonly leaf: Uint8Array;
  /** its issuers, the root last */
  readonly chain: readonly Uint8Array[];
}

/** PEM of the certificate, or else of the key: what a log is shown of who signed. */
export function verifierPem({ signer, certificate }: SigningParty): string {
  return certificate === undefined ? publicKeyPem(signer.publicKey) : certificatePem(certificate.leaf);
}

export function certificatePem(der: Uint8Array): string {
  return pemBlock("CERTIFICATE", der);
}

/** What cosign tells of a key: base64 of the SPKI's SHA-256. */
export function keyHint({ spki }: SigningPublicKey): string {
  return hash("sha256", spki, "base64");
}

/** The hash that goes with a key by sigstore's algorithm registry. */
export function hashByCurve({ key }: SigningPublicKey): HashAlgorithm {
  switch (key.asymmetricKeyDetails?.namedCurve) {
    case "secp384r1":
      return "sha384";
    case "secp521r1":
      return "sha512";
    default:
      return "sha256";
  }
}
