import { hash } from "node:crypto";
import { sameBytes } from "../certificate-pool.ts";
import { refuse } from "../invalid.ts";
import type { PublicKey } from "../public-key.ts";
import type { LoggedDigest, LoggedSignature } from "./logged-signature.ts";
import { digestOfSigned, type SignedData } from "./signed-data.ts";
import type { SignedContent } from "./signed-entity.ts";

/** A signature that is known to be good, and who made it. */
export interface GoodSignature {
  readonly content: SignedContent;
  readonly data: SignedData;
  readonly signer:
    | { readonly type: "key"; readonly key: PublicKey }
    /** DER */
    | { readonly type: "certificate"; readonly leaf: Uint8Array };
}

/**
 * Requires that the log took this very signature. An entry about anything else, however genuine, says nothing about it:
 * otherwise whoever has a stolen key could borrow the time of an entry that somebody else made.
 * @throws CountersignError SIGNATURE_INVALID
 */
export function requireSameSignature(logged: LoggedSignature, good: GoodSignature): void {
  requireSigner(logged, good);
  if (logged.signature !== undefined && !sameBytes(logged.signature, good.content.signature)) {
    refuse("it is about another signature");
  }
  const compared = logged.digests.map((digest) => isSame(digest, good));
  const failed = logged.digests.find((_, at) => compared[at] === false);
  if (failed !== undefined)
    refuse(`it is about another ${failed.of === "signed data" ? "artifact" : failed.of}`);
  if (!compared.includes(true)) refuse("it says nothing that could be compared with what was signed");
}

function requireSigner({ verifier }: LoggedSignature, { signer }: GoodSignature): void {
  const same =
    verifier.type === "certificate"
      ? signer.type === "certificate" && sameBytes(verifier.der, signer.leaf)
      : signer.type === "key" && sameBytes(verifier.spki, signer.key.spki);
  if (!same) refuse(`it is about another ${signer.type}`);
}

/** Undefined if it cannot be told: a bundle has no bytes of its envelope, and of an artifact one digest may be known. */
function isSame(
  { of, algorithm, value }: LoggedDigest,
  { content, data }: GoodSignature,
): boolean | undefined {
  if (of === "signed data") {
    const digest = digestOfSigned(data, algorithm);
    return digest && sameBytes(digest, value);
  }
  if (content.type !== "envelope") return false;
  const bytes = of === "payload" ? content.payload : content.stored;
  return bytes === undefined ? undefined : sameBytes(hash(algorithm, bytes, "buffer"), value);
}
