import { createPublicKey, type KeyObject, sign } from "node:crypto";
import type { Signer } from "./signer.ts";
import { signingPublicKey } from "./signing-public-key.ts";

/**
 * Signs with a private key that is held here.
 * @throws CountersignError SIGNING_KEY_UNUSABLE for a key of a kind that nobody verifies
 */
export function keySigner(privateKey: KeyObject): Signer {
  const pem = createPublicKey(privateKey).export({ type: "spki", format: "pem" });
  const publicKey = signingPublicKey(pem);
  return {
    publicKey,
    sign: async (message, hash) => sign(publicKey.type === "ed25519" ? null : hash, message, privateKey),
  };
}
