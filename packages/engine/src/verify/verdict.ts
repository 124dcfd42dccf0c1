import type { Requirement } from "../policy/policy.ts";
import type { AttestationDemand, Authority } from "../policy/sigstore-requirement.ts";
import type { SubjectName } from "../signature/sigstore/verified-entity.ts";
import type { Digest } from "../values/digest.ts";
import type { ErrorCode } from "../values/error.ts";

/** The answer to "may this image run here?". Not being able to answer is a CountersignError, never a Verdict. */
export type Verdict =
  | { readonly allowed: true; readonly requirements: readonly RequirementResult[] }
  | {
      readonly allowed: false;
      /** containers/image's text without the outer `Source image rejected: ` */
      readonly reason: string;
      readonly requirements: readonly RequirementResult[];
    };

export type Denial = Verdict & { readonly allowed: false };

/**
 * One requirement and how it went, for `explain` and the audit line. Later ones are not judged after a failure, unless
 * it only warns.
 */
export interface RequirementResult {
  readonly requirement: Requirement;
  /** undecided: of a warning, and within alternatives; anywhere else it is an error */
  readonly outcome: Outcome;
  /** the failure's text; empty unless failed or undecided */
  readonly reason: string;
  /** why it could not be judged; undefined unless undecided */
  readonly fault: ErrorCode | undefined;
  readonly signatures: readonly SignatureResult[];
  /** of a `sigstore` requirement, in its order; those after the first that holds are not judged */
  readonly authorities: readonly AuthorityResult[];
  /** of `anyOf`, each whole, in its order; those after the first that holds are not judged */
  readonly alternatives: readonly (readonly RequirementResult[])[];
}

export type Outcome = "satisfied" | "failed" | "undecided" | "not judged";

/** How one authority of a `sigstore` requirement went. */
export interface AuthorityResult {
  readonly authority: Authority;
  readonly outcome: Outcome;
  readonly reason: string;
  readonly fault: ErrorCode | undefined;
  /** empty where attestations are demanded */
  readonly signatures: readonly SignatureResult[];
  readonly attestations: readonly AttestationResult[];
}

/** How one demand for an attestation went; all of an authority's must hold. */
export interface AttestationResult {
  readonly demand: AttestationDemand;
  readonly outcome: Outcome;
  readonly reason: string;
  readonly signatures: readonly SignatureResult[];
}

/** One signature found and whether it counted, and if not, why. */
export interface SignatureResult {
  /** where it was found */
  readonly location: string;
  readonly outcome: "accepted" | "rejected" | "not relevant";
  readonly reason: string;
  /** the fingerprint of the OpenPGP key that made it, the primary one; undefined if it is not accepted, or no such */
  readonly signer: string | undefined;
  /** whom the certificate that made it is for; undefined if that is not certain, or there is none */
  readonly certificate: CertifiedSigner | undefined;
  /** what it says, whether or not that is true; undefined if it cannot be read */
  readonly claims: SignedClaims | undefined;
}

export interface CertifiedSigner {
  /** the OIDC issuer; undefined if the certificate names none */
  readonly issuer: string | undefined;
  readonly names: readonly SubjectName[];
}

/** Which image a signature is about, in its own words. */
export interface SignedClaims {
  readonly digest: Digest;
  /** `docker-reference` or the name in a statement, verbatim; undefined if it names none */
  readonly identity: string | undefined;
}
