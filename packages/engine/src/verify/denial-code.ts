import type { Denial } from "./verdict.ts";

/** Stable names of the ways to be denied. API like error codes: add, never rename. */
export type DenialCode =
  /** the scope that applies says `reject` */
  | "POLICY_REJECTS"
  /** a signature is required and none is stored for the image */
  | "SIGNATURE_MISSING"
  /** there are signatures, and none of them counts */
  | "SIGNATURE_NOT_ACCEPTED"
  /** the policy demands something that nobody can satisfy (`signedBaseLayer`) */
  | "REQUIREMENT_UNSATISFIABLE";

/**
 * Names a denial by the requirement that failed. Takes denials only: whether an image is allowed is the verdict's to
 * say, never to be read from a code that is missing.
 */
export function denialCode(denial: Denial): DenialCode {
  const failed = denial.requirements.find(({ outcome }) => outcome === "failed");
  switch (failed?.requirement.type) {
    case "reject":
      return "POLICY_REJECTS";
    case "signedBaseLayer":
      return "REQUIREMENT_UNSATISFIABLE";
    default: {
      const judged = failed?.signatures.filter(({ outcome }) => outcome === "rejected") ?? [];
      return judged.length === 0 ? "SIGNATURE_MISSING" : "SIGNATURE_NOT_ACCEPTED";
    }
  }
}
