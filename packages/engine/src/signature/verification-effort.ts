import type { PublicKey } from "./public-key.ts";

/** Signatures by larger keys take longer, by the square of their size; OpenSSL takes up to 16384 bits. */
const usualRsaBits = 4096;

/**
 * What verifying a signature by this key costs of the work that a judgement may do: 1 is a millisecond at most. Whoever
 * pushes an image chooses the keys of its certificates.
 */
export function verificationEffort(key: PublicKey): number {
  switch (key.type) {
    case "rsa": {
      const bits = key.key?.asymmetricKeyDetails?.modulusLength ?? usualRsaBits;
      return Math.max(1, Math.ceil((bits / usualRsaBits) ** 2));
    }
    case "ecdsa":
      return key.curve === "P521" ? 2 : 1;
    default:
      return 1;
  }
}
