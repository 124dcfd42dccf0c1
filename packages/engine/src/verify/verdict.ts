import type { Requirement } from "../policy/policy.ts";
import type { Digest } from "../values/digest.ts";

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

/** One requirement and how it went, for `explain` and the audit line. Later ones are not judged after a failure. */
export interface RequirementResult {
  readonly requirement: Requirement;
  readonly outcome: "satisfied" | "failed" | "not judged";
  /** the failure's text; empty unless failed */
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
  /** what it says, whether or not that is true; undefined if it cannot be read */
  readonly claims: SignedClaims | undefined;
}

/** Which image a signature is about, in its own words. */
export interface SignedClaims {
  readonly digest: Digest;
  /** `docker-reference`, verbatim */
  readonly identity: string;
}
