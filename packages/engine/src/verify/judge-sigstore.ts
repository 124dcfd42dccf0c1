import type { SigstoreSignedRequirement } from "../policy/policy.ts";
import type { PolicySubject } from "../policy/policy-subject.ts";
import { certificateWork } from "../signature/certificate-work.ts";
import { parseCosignPayload } from "../signature/signed-payload.ts";
import { acceptSignature } from "./accept-signature.ts";
import { claimsOf } from "./claims-of.ts";
import { type Evidence, isCosignSignature, storedOf } from "./evidence.ts";
import { judgeEach, noSignature } from "./judge-each.ts";
import type { Judgement } from "./judgement.ts";
import type { SigstoreAttachment, UnverifiedSignature } from "./ports.ts";
import { loadTrustRoot } from "./trust-root.ts";
import type { SignedClaims } from "./verdict.ts";

/**
 * Requires one cosign signature that the requirement's trust root accepts.
 * Source: containers/image signature/policy_eval_sigstore.go.
 * @throws CountersignError when none is accepted and one of them could not be judged for want of our own keys or CAs
 */
export function judgeSigstoreSigned(
  requirement: SigstoreSignedRequirement,
  image: PolicySubject,
  evidence: Evidence,
): Judgement {
  const subject = { image, identity: requirement.identity, evidence, work: certificateWork() };
  const signatures = storedOf(evidence);
  return judgeEach(signatures, {
    isRelevant: isCosignSignature,
    whyNotRelevant,
    accept(signature) {
      const trustRoot = loadTrustRoot(requirement.trust, evidence.trustFiles);
      return { ...claimsOnly, claims: claimsOf(acceptSignature(signature, trustRoot, subject)) };
    },
    read: (signature) => ({ ...claimsOnly, claims: readUnverified(signature) }),
    none: () => countOthers(signatures),
  });
}

const claimsOnly = { signer: undefined, certificate: undefined };

function whyNotRelevant(signature: UnverifiedSignature): string {
  return signature.type === "sigstore"
    ? `not a signature: its type is ${JSON.stringify(signature.mediaType)}`
    : "sigstoreSigned looks at sigstore signatures only";
}

function countOthers(signatures: readonly UnverifiedSignature[]): string {
  if (signatures.length === 0) return noSignature;
  const attachments = signatures.filter(({ type }) => type === "sigstore").length;
  const others = signatures.length - attachments;
  return `${noSignature} (${others} non-sigstore signatures, ${attachments} sigstore non-signature attachments)`;
}

/** Enough for any honest payload; what is longer was perhaps never verified and is not worth reading. */
const maxClaimsSize = 16 * 1024;

function readUnverified({ payload }: SigstoreAttachment): SignedClaims | undefined {
  if (payload.length > maxClaimsSize) return undefined;
  try {
    return claimsOf(parseCosignPayload(payload));
  } catch {
    return undefined;
  }
}
