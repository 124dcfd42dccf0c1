import { matchesIdentity } from "../policy/match-identity.ts";
import type { PolicySubject } from "../policy/policy-subject.ts";
import type { SigstoreRequirement } from "../policy/sigstore-requirement.ts";
import { refuse } from "../signature/invalid.ts";
import type { Digest } from "../values/digest.ts";
import { quoteShort } from "../values/strict-object.ts";
import type { SignedClaims } from "./verdict.ts";

/** What an accepted signature must be about. */
export interface WantedSubject {
  readonly image: PolicySubject;
  /** the manifest's, and the index's too where its signature counts */
  readonly digests: ReadonlySet<Digest>;
  readonly identity: SigstoreRequirement["identity"];
}

/**
 * Requires that one of the subjects is the image, under a name that is accepted.
 * @returns which
 * @throws CountersignError SIGNATURE_INVALID
 */
export function requireSubject(
  subjects: readonly SignedClaims[],
  { image, digests, identity }: WantedSubject,
): SignedClaims {
  const ours = subjects.filter(({ digest }) => digests.has(digest));
  const [first] = ours;
  if (first === undefined) return refuse(otherImage(subjects));
  if (identity.type === "digestOnly") return first;
  const named = ours.filter((one) => one.identity !== undefined);
  const accepted = named.find((one) => matchesIdentity(identity, image.reference, one.identity ?? ""));
  if (accepted !== undefined) return accepted;
  const [other] = named;
  return other?.identity === undefined
    ? refuse(`Signature names no image, and signedIdentity ${identity.type} asks for a name`)
    : refuse(`Signature for identity ${quoteShort(other.identity)} is not accepted`);
}

function otherImage(subjects: readonly SignedClaims[]): string {
  const [only, ...others] = subjects;
  if (only === undefined) return "Signature is for nothing that has a digest";
  return others.length === 0
    ? `Signature for digest ${only.digest} does not match`
    : `Signature for ${subjects.length} digests does not match any of the image`;
}
