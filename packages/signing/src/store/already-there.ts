import { isSignedBy } from "@countersign/engine/signature/sigstore/check-signed-data";
import { cosignEntity } from "@countersign/engine/signature/sigstore/cosign-entity";
import { parseBundle } from "@countersign/engine/signature/sigstore/parse-bundle";
import { preAuthEncoding } from "@countersign/engine/signature/sigstore/signed-data";
import type { SignedEntity } from "@countersign/engine/signature/sigstore/signed-entity";
import { CountersignError } from "@countersign/engine/values/error";
import type { UnverifiedSignature } from "@countersign/engine/verify/ports";
import type { SigningParty } from "../signing-party.ts";
import type { Witnesses } from "../witness.ts";

/** What is about to be signed, by whom, and who is to see it. */
export interface Intent {
  readonly format: "bundle" | "legacy";
  /** a simple-signing payload or a statement */
  readonly payload: Uint8Array;
  readonly party: SigningParty;
  readonly witnesses: Witnesses;
}

/**
 * Finds among the signatures that are stored one that is as good as the one that is about to be made: by the same key, of the
 * very same payload, and seen by as many. Signing twice then stores nothing twice, although an ECDSA signature is another
 * each time. A certificate is another each time too, and says something about the moment: it is never as good.
 */
export function findAsGood(
  stored: readonly UnverifiedSignature[],
  intent: Intent,
): UnverifiedSignature | undefined {
  if (intent.party.certificate !== undefined) return undefined;
  return stored.find((signature) => {
    const entity = entityOf(signature, intent.format);
    return entity !== undefined && isAsGood(entity, signature, intent);
  });
}

/** Undefined for what is stored in another format, or is no signature at all. */
function entityOf(signature: UnverifiedSignature, format: Intent["format"]): SignedEntity | undefined {
  try {
    if (signature.type === "bundle" && format === "bundle") return parseBundle(signature.bytes);
    if (signature.type === "sigstore" && format === "legacy") return cosignEntity(signature);
    return undefined;
  } catch (caught) {
    if (CountersignError.from(caught).code === "SIGNATURE_INVALID") return undefined;
    throw caught;
  }
}

function isAsGood(
  { content, signer, logEntries, timestamps }: SignedEntity,
  stored: UnverifiedSignature,
  { payload, party, witnesses }: Intent,
): boolean {
  if (signer.type !== "key") return false;
  if (witnesses.log !== undefined && logEntries.length === 0) return false;
  if (witnesses.timestampAuthority !== undefined && timestamps.length === 0) return false;
  const said =
    content.type === "envelope" ? content.payload : stored.type === "sigstore" ? stored.payload : undefined;
  if (said === undefined || !Buffer.from(payload).equals(said)) return false;
  const bytes = content.type === "envelope" ? preAuthEncoding(content) : payload;
  return isSignedBy(party.signer.publicKey, { type: "bytes", bytes }, content.signature, undefined);
}
