import { type LeafRequirement, leafRequirements } from "../policy/leaf-requirements.ts";
import type { Policy, Requirement, SigstoreSignedRequirement, TrustSource } from "../policy/policy.ts";
import { policySubject } from "../policy/policy-subject.ts";
import { type ScopeSelection, selectScope } from "../policy/select-scope.ts";
import type { LocatedImage } from "../values/located-image.ts";
import { judge } from "./judge.ts";
import type { Verdict } from "./verdict.ts";

/** What must be fetched before an image can be judged. */
export interface EvidencePlan {
  readonly needsSignatures: boolean;
  /** key and CA files, needed once a signature is found that they could verify */
  readonly trustFiles: ReadonlySet<string>;
}

/** Nothing after a requirement that always fails is ever looked at. */
export function planEvidence(requirements: readonly Requirement[]): EvidencePlan {
  const hopeless = requirements.findIndex(({ type }) => type === "reject" || type === "signedBaseLayer");
  const reached = (hopeless < 0 ? requirements : requirements.slice(0, hopeless)).flatMap(leafRequirements);
  return {
    needsSignatures: reached.some(asksForSignature),
    trustFiles: new Set(reached.flatMap(trustSources).flatMap(pathsOf)),
  };
}

/**
 * The verdict of a policy that needs nothing but the image's name: it accepts or rejects whatever is there. A caller
 * may then spare itself the network, except that the reference first notices an image that cannot be read at all.
 * @returns undefined if signatures have to be judged
 */
export function decideWithoutEvidence(
  policy: Policy,
  image: LocatedImage,
): { readonly verdict: Verdict; readonly scope: ScopeSelection } | undefined {
  const subject = policySubject(image);
  const scope = selectScope(policy, subject);
  if (planEvidence(scope.requirements).needsSignatures) return undefined;
  const nothing = { manifestDigest: undefined, signatures: [], trustFiles: new Map(), now: 0 };
  return { verdict: judge(scope.requirements, subject, nothing), scope };
}

function asksForSignature({ type }: LeafRequirement): boolean {
  return type === "signedBy" || type === "sigstoreSigned" || type === "sigstore";
}

function trustSources(requirement: LeafRequirement): readonly TrustSource[] {
  switch (requirement.type) {
    case "signedBy":
      return requirement.keyType === "GPGKeys" ? [requirement.keys] : [];
    case "sigstoreSigned":
      return sigstoreSources(requirement);
    default:
      return [];
  }
}

/** In the order in which the reference reads them. */
function sigstoreSources({ trust }: SigstoreSignedRequirement): readonly TrustSource[] {
  switch (trust.type) {
    case "keys":
      return trust.rekor === undefined ? [trust.keys] : [trust.keys, trust.rekor];
    case "fulcio":
      return [trust.fulcio.ca, trust.rekor];
    case "pki":
      return trust.pki.intermediates === undefined
        ? [trust.pki.roots]
        : [trust.pki.roots, trust.pki.intermediates];
  }
}

function pathsOf(source: TrustSource): readonly string[] {
  return source.type === "files" ? source.paths : [];
}
