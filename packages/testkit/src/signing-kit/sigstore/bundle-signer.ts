import { hash } from "node:crypto";
import type { IssuedLeaf } from "../certificate-authority.ts";
import type { SigningKey } from "../signing-key.ts";

/** Who signs, and what of them a bundle and a log hold. */
export type BundleSigner = KeySigner | CertificateSigner;

export interface KeySigner {
  readonly type: "key";
  readonly key: SigningKey;
  readonly hint: string;
  /** replaces protobuf-specs' name for this kind of key */
  readonly keyDetails?: string;
}

export interface CertificateSigner {
  readonly type: "certificate";
  readonly leaf: IssuedLeaf;
  /** certificates after the leaf, in bundles 0.1 and 0.2; DER */
  readonly chain: readonly Uint8Array[];
  readonly keyDetails?: string;
}

/** A key, with the hint that cosign gives: base64 of the SPKI's SHA-256. */
export function keySigner(key: SigningKey): KeySigner {
  return { type: "key", key, hint: hash("sha256", key.spki, "base64") };
}

export function certificateSigner(leaf: IssuedLeaf): CertificateSigner {
  return { type: "certificate", leaf, chain: [] };
}

export function signingKeyOf(signer: BundleSigner): SigningKey {
  return signer.type === "key" ? signer.key : signer.leaf.key;
}
