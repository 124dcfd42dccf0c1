import { createPublicKey, type KeyObject, sign } from "node:crypto";
import { isSignedBy } from "@countersign/engine/signature/sigstore/check-signed-data";
import type { HashAlgorithm } from "@countersign/engine/signature/sigstore/signed-data";
import { CountersignError } from "@countersign/engine/values/error";
import type { Signer } from "./signer.ts";
import { signingPublicKey } from "./signing-public-key.ts";

/**
 * Signs with a private key that is held here. What it makes is verified before it is used: a damaged key file, or a fault
 * while an RSA signature is computed, would give away the key in a signature that is wrong.
 * @throws CountersignError SIGNING_KEY_UNUSABLE for a key of a kind that nobody verifies
 */
export function keySigner(privateKey: KeyObject): Signer {
  const pem = createPublicKey(privateKey).export({ type: "spki", format: "pem" });
  const publicKey = signingPublicKey(pem);
  return {
    publicKey,
    async sign(message, hash) {
      const signature = signed(publicKey.type === "ed25519" ? null : hash, message, privateKey);
      if (isSignedBy(publicKey, { type: "bytes", bytes: message }, signature, hash)) return signature;
      throw failed();
    },
  };
}

function signed(hash: HashAlgorithm | null, message: Uint8Array, privateKey: KeyObject): Uint8Array {
  try {
    return sign(hash, message, privateKey);
  } catch {
    // OpenSSL names its routines
    throw failed();
  }
}

function failed(): CountersignError {
  return new CountersignError(
    "SIGNER_FAILED",
    "the private key makes no signature of its public half: it is damaged",
  );
}
