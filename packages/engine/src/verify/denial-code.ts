import type { AuthorityResult, Denial, RequirementResult, SignatureResult } from "./verdict.ts";

/** Stable names of the ways to be denied. API like error codes: add, never rename. */
export type DenialCode =
  /** the scope that applies says `reject`, or its authority says `fail` */
  | "POLICY_REJECTS"
  /** a signature is required and none is stored for the image */
  | "SIGNATURE_MISSING"
  /** there are signatures, and none of them counts */
  | "SIGNATURE_NOT_ACCEPTED"
  /** an attestation of some type is required and none is stored for the image */
  | "ATTESTATION_MISSING"
  /** there are attestations of the type, and none of them counts or says what it must */
  | "ATTESTATION_NOT_ACCEPTED"
  /** the policy demands something that nobody can satisfy (`signedBaseLayer`) */
  | "REQUIREMENT_UNSATISFIABLE";

/**
 * Names a denial by the requirement that failed. Takes denials only: whether an image is allowed is the verdict's to
 * say, never to be read from a code that is missing.
 */
export function denialCode(denial: Denial): DenialCode {
  const failed = denial.requirements.find(
    ({ requirement, outcome }) => outcome === "failed" && requirement.type !== "warn",
  );
  return failed === undefined ? "SIGNATURE_MISSING" : failureCode(failed);
}

/** Names a failure. Of several ways that each would have done, it is the one that came closest. */
export function failureCode({ requirement, ...result }: RequirementResult): DenialCode {
  switch (requirement.type) {
    case "reject":
      return "POLICY_REJECTS";
    case "signedBaseLayer":
      return "REQUIREMENT_UNSATISFIABLE";
    case "warn":
      return failureCode({ ...result, requirement: requirement.requirement });
    case "sigstore":
      return closest(result.authorities.map(authorityCode));
    case "anyOf":
      return closest(
        result.alternatives.map((all) => denialCode({ allowed: false, reason: "", requirements: all })),
      );
    default:
      return ofSignatures(result.signatures);
  }
}

function authorityCode({ authority, signatures, attestations }: AuthorityResult): DenialCode {
  if (authority.type === "static") return "POLICY_REJECTS";
  if (authority.attestations.length === 0) return ofSignatures(signatures);
  const unmet = attestations.find(({ outcome }) => outcome === "failed");
  return isAnyRejected(unmet?.signatures ?? []) ? "ATTESTATION_NOT_ACCEPTED" : "ATTESTATION_MISSING";
}

function ofSignatures(signatures: readonly SignatureResult[]): DenialCode {
  return isAnyRejected(signatures) ? "SIGNATURE_NOT_ACCEPTED" : "SIGNATURE_MISSING";
}

function isAnyRejected(signatures: readonly SignatureResult[]): boolean {
  return signatures.some(({ outcome }) => outcome === "rejected");
}

const byCloseness: readonly DenialCode[] = [
  "SIGNATURE_NOT_ACCEPTED",
  "ATTESTATION_NOT_ACCEPTED",
  "SIGNATURE_MISSING",
  "ATTESTATION_MISSING",
  "POLICY_REJECTS",
];

function closest(codes: readonly DenialCode[]): DenialCode {
  return byCloseness.find((code) => codes.includes(code)) ?? "REQUIREMENT_UNSATISFIABLE";
}
