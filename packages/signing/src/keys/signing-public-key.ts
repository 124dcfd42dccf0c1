import { parsePublicKeyPem } from "@countersign/engine/signature/public-key-pem";
import { CountersignError } from "@countersign/engine/values/error";
import type { SigningPublicKey } from "./signer.ts";
import { unusableKey } from "./unusable-key.ts";

/** Shorter ones are not to be trusted, and longer ones are taken by nobody. */
const rsaBits = { least: 2048, most: 8192 };

/**
 * The public key of one that is to sign: of a kind that every verifier takes.
 * @param pem - `PUBLIC KEY`
 * @throws CountersignError SIGNING_KEY_UNUSABLE
 */
export function signingPublicKey(pem: Uint8Array | string): SigningPublicKey {
  const found = parsed(Buffer.from(pem));
  if (found.type === "unsupported" || found.key === undefined) throw unusableKey(kinds);
  const { namedCurve, modulusLength = 0 } = found.key.asymmetricKeyDetails ?? {};
  if (found.type === "ecdsa" && namedCurve === "secp224r1") throw unusableKey(kinds);
  if (found.type === "rsa" && (modulusLength < rsaBits.least || modulusLength > rsaBits.most)) {
    throw unusableKey(
      `an RSA key has ${rsaBits.least} to ${rsaBits.most} bits, this one has ${modulusLength}`,
    );
  }
  return { ...found, key: found.key };
}

const kinds = "keys are ECDSA on P-256, P-384 or P-521, RSA, or Ed25519, and this one is none of them";

function parsed(pem: Buffer) {
  try {
    return parsePublicKeyPem(pem);
  } catch (cause) {
    throw unusableKey(CountersignError.from(cause).message, { cause });
  }
}
