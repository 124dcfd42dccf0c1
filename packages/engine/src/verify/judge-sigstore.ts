import type { SigstoreSignedRequirement } from "../policy/policy.ts";
import { type CosignPayload, parseCosignPayload } from "../signature/cosign-payload.ts";
import { CountersignError } from "../values/error.ts";
import type { ImageReference } from "../values/image-reference.ts";
import { acceptSignature } from "./accept-signature.ts";
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
  image: ImageReference,
  evidence: Evidence,
): Judgement {
  const results: SignatureResult[] = [];
  const rejections: CountersignError[] = [];
  for (const signature of evidence.signatures) {
    if (!isCosignSignature(signature)) {
      results.push(notRelevant(signature));
      continue;
    }
    const rejection = rejectionOf(signature, requirement, image, evidence);
    results.push(resultOf(signature, rejection));
    if (rejection === undefined) return satisfied(results);
    rejections.push(rejection);
  }
  const reason = rejections.length === 0 ? noSignature(evidence.signatures) : summary(rejections);
  const undecided = rejections.find(({ code }) => code !== "SIGNATURE_INVALID");
  if (undecided === undefined) return failed(reason, results);
  throw new CountersignError(undecided.code, reason, { cause: undecided });
}

/** SIGNATURE_INVALID: the signature does not count. Any other code: whether it does could not be found out. */
function rejectionOf(
  signature: SigstoreAttachment,
  requirement: SigstoreSignedRequirement,
  image: ImageReference,
  evidence: Evidence,
): CountersignError | undefined {
  try {
    const trustRoot = loadTrustRoot(requirement.trust, evidence.trustFiles);
    acceptSignature(signature, trustRoot, { image, identity: requirement.identity, evidence });
    return undefined;
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

function summary(rejections: readonly CountersignError[]): string {
  const reasons = rejections.map(({ message }) => message).join("; ");
  return rejections.length === 1 ? reasons : `None of the signatures were accepted, reasons: ${reasons}`;
}

function notRelevant(signature: UnverifiedSignature): SignatureResult {
  const reason =
    signature.type === "sigstore"
      ? `not a signature: its type is ${JSON.stringify(signature.mediaType)}`
      : "sigstoreSigned looks at sigstore signatures only";
  return { location: signature.location, outcome: "not relevant", reason, claims: undefined };
}

function resultOf(signature: SigstoreAttachment, rejection: CountersignError | undefined): SignatureResult {
  const { location } = signature;
  const claims = claimsOf(signature);
  if (rejection === undefined) return { location, outcome: "accepted", reason: "", claims };
  return { location, outcome: "rejected", reason: rejection.message, claims };
}

/** Enough for any honest payload; what is longer was perhaps never verified and is not worth reading. */
const maxClaimsSize = 16 * 1024;

function claimsOf({ payload }: SigstoreAttachment): SignedClaims | undefined {
  if (payload.length > maxClaimsSize) return undefined;
  try {
    const { manifestDigest, dockerReference }: CosignPayload = parseCosignPayload(payload);
    return { digest: manifestDigest, identity: dockerReference };
  } catch {
    return undefined;
  }
}
