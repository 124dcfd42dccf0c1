import type { KeyObject } from "node:crypto";
import type { PublicKey } from "@countersign/engine/signature/public-key";
import type { HashAlgorithm } from "@countersign/engine/signature/sigstore/signed-data";

/** Signs with a key that stays where it is: in this process, or behind a program. */
export interface Signer {
  readonly publicKey: SigningPublicKey;
  /**
   * ECDSA in DER, RSA PKCS #1 v1.5, both over `hash`; Ed25519 over the message itself.
   * @throws CountersignError SIGNER_FAILED
   */
  sign(message: Uint8Array, hash: HashAlgorithm, signal: AbortSignal): Promise<Uint8Array>;
}

/** The public half of a key that can sign. */
export type SigningPublicKey = PublicKey & {
  readonly type: "ecdsa" | "rsa" | "ed25519";
  readonly key: KeyObject;
};

/** `PUBLIC KEY`, as policies and cosign take it. */
export function publicKeyPem({ key }: SigningPublicKey): string {
  return key.export({ type: "spki", format: "pem" }).toString();
}
