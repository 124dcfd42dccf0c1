import type { SigstoreSignedRequirement, SigstoreTrust } from "../policy/policy.ts";
import type { PolicySubject } from "../policy/policy-subject.ts";
import { certificateWork } from "../signature/certificate-work.ts";
import { type CosignPayload, parseCosignPayload } from "../signature/cosign-payload.ts";
import { CountersignError } from "../values/error.ts";
import { acceptSignature, type SignedSubject } from "./accept-signature.ts";
import { type Evidence, isCosignSignature } from "./evidence.ts";
import { failed, type Judgement, satisfied } from "./judgement.ts";
import type { SigstoreAttachment, UnverifiedSignature } from "./ports.ts";
import { loadTrustRoot } from "./trust-root.ts";
import type { SignatureResult, SignedClaims } from "./verdict.ts";

/**
 * Requires one cosign signature that the requirement's trust root accepts; they are tried in the source's order.
 * Source: containers/image signature/policy_eval_sigstore.go, isRunningImageAllowed.
 * @throws CountersignError when none is accepted and one of them could not be judged for want of our own keys or CAs
 */
export function judgeSigstoreSigned(
  requirement: SigstoreSignedRequirement,
  image: PolicySubject,
  evidence: Evidence,
): Judgement {
  const results: SignatureResult[] = [];
  const rejections: CountersignError[] = [];
  const subject = { image, identity: requirement.identity, evidence, work: certificateWork() };
  for (const signature of evidence.signatures) {
    if (!isCosignSignature(signature)) {
      results.push(notRelevant(signature));
      continue;
    }
    const outcome = tryToAccept(signature, requirement.trust, subject);
    if (!(outcome instanceof CountersignError)) {
      results.push({
        location: signature.location,
        outcome: "accepted",
        reason: "",
        claims: claims(outcome),
      });
      return satisfied(results);
    }
    results.push(rejected(signature, outcome));
    rejections.push(outcome);
  }
  const reason = rejections.length === 0 ? noSignature(evidence.signatures) : summary(rejections);
  const undecided = rejections.find(({ code }) => code !== "SIGNATURE_INVALID");
  if (undecided === undefined) return failed(reason, results);
  throw new CountersignError(undecided.code, reason, { cause: undecided });
}

/** An error SIGNATURE_INVALID: the signature does not count. Any other: whether it does could not be found out. */
function tryToAccept(
  signature: SigstoreAttachment,
  trust: SigstoreTrust,
  subject: SignedSubject,
): CosignPayload | CountersignError {
  try {
    return acceptSignature(signature, loadTrustRoot(trust, subject.evidence.trustFiles), subject);
  } catch (caught) {
    return CountersignError.from(caught);
  }
}

function noSignature(signatures: readonly UnverifiedSignature[]): string {
  const none = "A signature was required, but no signature exists";
  if (signatures.length === 0) return none;
  const attachments = signatures.filter(({ type }) => type === "sigstore").length;
  const others = signatures.length - attachments;
  return `${none} (${others} non-sigstore signatures, ${attachments} sigstore non-signature attachments)`;
}

/** One reason as it is; of more, so many that the text stays readable, whatever strangers wrote. */
function summary(rejections: readonly CountersignError[]): string {
  const reasons = rejections.map(({ message }) => message);
  if (reasons.length === 1) return reasons.join();
  const told = reasons.slice(0, maxReasons);
  const more = reasons.length > maxReasons ? `; and ${reasons.length - maxReasons} more` : "";
  return `None of the signatures were accepted, reasons: ${told.join("; ")}${more}`;
}

const maxReasons = 32;

function notRelevant(signature: UnverifiedSignature): SignatureResult {
  const reason =
    signature.type === "sigstore"
      ? `not a signature: its type is ${JSON.stringify(signature.mediaType)}`
      : "sigstoreSigned looks at sigstore signatures only";
  return { location: signature.location, outcome: "not relevant", reason, claims: undefined };
}

function rejected(signature: SigstoreAttachment, { message }: CountersignError): SignatureResult {
  return {
    location: signature.location,
    outcome: "rejected",
    reason: message,
    claims: unverifiedClaims(signature),
  };
}

/** Enough for any honest payload; what is longer was perhaps never verified and is not worth reading. */
const maxClaimsSize = 16 * 1024;

function unverifiedClaims({ payload }: SigstoreAttachment): SignedClaims | undefined {
  if (payload.length > maxClaimsSize) return undefined;
  try {
    return claims(parseCosignPayload(payload));
  } catch {
    return undefined;
  }
}

function claims({ manifestDigest, dockerReference }: CosignPayload): SignedClaims {
  return { digest: manifestDigest, identity: dockerReference };
}
