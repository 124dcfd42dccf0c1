import { certificateWork } from "@countersign/engine/signature/certificate-work";
import { cosignEntity } from "@countersign/engine/signature/sigstore/cosign-entity";
import { parseBundle } from "@countersign/engine/signature/sigstore/parse-bundle";
import type { SignedEntity } from "@countersign/engine/signature/sigstore/signed-entity";
import type { VerificationQuestion } from "@countersign/engine/signature/sigstore/verified-entity";
import { verifyEntity } from "@countersign/engine/signature/sigstore/verify-entity";
import { CountersignError, type ErrorCode } from "@countersign/engine/values/error";
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
 * very same payload, and seen by as many, all of which is verified. Signing twice then stores nothing twice, although an ECDSA
 * signature is another each time. A certificate is another each time too, and says something about the moment: it is never as
 * good.
 *
 * Whoever may write to the registry could spoil a signature that is there, and have the image pass for signed that no policy
 * lets in: by a log entry that no log made, which is none where one is demanded, and where none is may refuse the signature.
 * So what is said to be seen by a log that is not trusted here is not as good.
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
  return unlessUnusable(() => {
    if (signature.type === "bundle" && format === "bundle") return parseBundle(signature.bytes);
    if (signature.type === "sigstore" && format === "legacy") return cosignEntity(signature);
    return undefined;
  });
}

function isAsGood(entity: SignedEntity, stored: UnverifiedSignature, intent: Intent): boolean {
  const { content, signer, logEntries } = entity;
  if (signer.type !== "key") return false;
  const { payload, party, witnesses } = intent;
  const said =
    content.type === "envelope" ? content.payload : stored.type === "sigstore" ? stored.payload : undefined;
  if (said === undefined || !Buffer.from(payload).equals(said)) return false;
  const { log, timestampAuthority, trust } = witnesses;
  const question: VerificationQuestion = {
    signer: { type: "key", keys: [party.signer.publicKey], hashAlgorithm: undefined },
    trust,
    demands: { logs: countOf(log), timestamps: countOf(timestampAuthority), scts: 0, now: 0 },
    artifact: content.type === "envelope" ? undefined : { type: "bytes", bytes: payload },
  };
  const verified = unlessUnusable(() => verifyEntity(entity, question, certificateWork()));
  return verified?.logs === logEntries.length;
}

function countOf(witness: object | undefined): 0 | 1 {
  return witness === undefined ? 0 : 1;
}

/** What is broken, or would cost too much to verify, is nothing as good; whoever stored it keeps nobody from signing. */
function unlessUnusable<Result>(read: () => Result): Result | undefined {
  try {
    return read();
  } catch (caught) {
    if (unusable.has(CountersignError.from(caught).code)) return undefined;
    throw caught;
  }
}

const unusable: ReadonlySet<ErrorCode> = new Set(["SIGNATURE_INVALID", "TOO_LARGE"]);
