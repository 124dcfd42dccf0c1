import { type LeafRequirement, leafRequirements } from "@countersign/engine/policy/leaf-requirements";
import type {
  AttestationResult,
  AuthorityResult,
  RequirementResult,
  SignatureResult,
} from "@countersign/engine/verify/verdict";

/** One of the things that kept an image out: a requirement, or an authority of one. */
export interface Failure {
  readonly requirement: LeafRequirement;
  /** undefined unless the requirement has authorities */
  readonly authority: AuthorityResult | undefined;
  /** the demand that is not met; undefined if attestations are not what was looked for */
  readonly attestation: AttestationResult | undefined;
  readonly reason: string;
  readonly signatures: readonly SignatureResult[];
}

/** What kept an image out, as far in as it goes: of alternatives and authorities each. Warnings keep nothing out. */
export function failuresOf(results: readonly RequirementResult[]): readonly Failure[] {
  return results.flatMap((result) => (result.requirement.type === "warn" ? [] : failuresIn(result)));
}

function failuresIn(result: RequirementResult): readonly Failure[] {
  const { requirement, outcome, reason, signatures, authorities, alternatives } = result;
  if (outcome !== "failed") return [];
  if (requirement.type === "anyOf") return alternatives.flatMap(failuresOf);
  const [leaf] = leafRequirements(requirement);
  if (leaf === undefined) return [];
  if (leaf.type !== "sigstore") {
    return [{ requirement: leaf, authority: undefined, attestation: undefined, reason, signatures }];
  }
  return authorities
    .filter((authority) => authority.outcome === "failed")
    .map((authority) => {
      const attestation = authority.attestations.find((one) => one.outcome === "failed");
      const looked = attestation ?? authority;
      return {
        requirement: leaf,
        authority,
        attestation,
        reason: looked.reason,
        signatures: looked.signatures,
      };
    });
}

/** Whether it failed for want of anything to look at. */
export function isUnsigned({ requirement, authority, signatures }: Failure): boolean {
  if (authority !== undefined) return authority.authority.type !== "static" && !isAnyRejected(signatures);
  return (
    (requirement.type === "signedBy" || requirement.type === "sigstoreSigned") && signatures.length === 0
  );
}

function isAnyRejected(signatures: readonly SignatureResult[]): boolean {
  return signatures.some(({ outcome }) => outcome === "rejected");
}
