import { acceptsAllBy, acceptsNoneBy, sigstoreImplies } from "./compare-sigstore.ts";
import { demands, isAmong, isSame } from "./compare-trust.ts";
import { narrows } from "./narrower-identity.ts";
import type { Requirement, Requirements, SigstoreTrust } from "./policy.ts";

/**
 * What a change of requirements does to the images that are accepted: none is added (`tightened`), none is lost
 * (`loosened`), neither (`same`); `changed` is all that cannot be said for sure.
 */
export type RequirementsChange = "same" | "tightened" | "loosened" | "changed";

/**
 * Compares by what is accepted, not by how it is written: order, repetition and `keyPath` or `keyPaths` do not count.
 * Files are compared by path. That a key can be read and used is taken for granted: one that cannot spoils those named
 * with it.
 */
export function compareRequirements(before: Requirements, after: Requirements): RequirementsChange {
  return changeOf({ adds: !acceptsNoMore(after, before), loses: !acceptsNoMore(before, after) });
}

/** @param adds whether images may be accepted now that were not; @param loses whether some may be no longer */
export function changeOf({
  adds,
  loses,
}: {
  readonly adds: boolean;
  readonly loses: boolean;
}): RequirementsChange {
  if (adds) return loses ? "changed" : "loosened";
  return loses ? "tightened" : "same";
}

/** Whether it is sure that whatever `these` accept, `those` accept too. */
export function acceptsNoMore(these: readonly Requirement[], those: readonly Requirement[]): boolean {
  if (these.some(acceptsNothing)) return true;
  return those.every(
    (that) =>
      acceptsEverything(that) ||
      these.some((one) => implies(one, that)) ||
      (that.type === "anyOf" && that.alternatives.some((alternative) => acceptsNoMore(these, alternative))),
  );
}

function acceptsEverything(requirement: Requirement): boolean {
  switch (requirement.type) {
    case "insecureAcceptAnything":
    case "warn":
      return true;
    case "sigstore":
      return acceptsAllBy(requirement);
    case "anyOf":
      return requirement.alternatives.some((alternative) => alternative.every(acceptsEverything));
    default:
      return false;
  }
}

function acceptsNothing(requirement: Requirement): boolean {
  switch (requirement.type) {
    case "anyOf":
      return requirement.alternatives.every((alternative) => alternative.some(acceptsNothing));
    case "reject":
    case "signedBaseLayer":
      return true;
    case "signedBy":
      return requirement.keyType !== "GPGKeys";
    case "sigstore":
      return acceptsNoneBy(requirement);
    default:
      return false;
  }
}

function implies(one: Requirement, that: Requirement): boolean {
  if (one.type === "anyOf") {
    return one.alternatives.every((alternative) => acceptsNoMore(alternative, [that]));
  }
  if (one.type === "sigstore" && that.type === "sigstore") return sigstoreImplies(one, that);
  if (one.type === "signedBy" && that.type === "signedBy") {
    return !acceptsNothing(that) && isAmong(one.keys, that.keys) && narrows(one.identity, that.identity);
  }
  if (one.type === "sigstoreSigned" && that.type === "sigstoreSigned") {
    return trustsNoMore(one.trust, that.trust) && narrows(one.identity, that.identity);
  }
  return false;
}

function trustsNoMore(one: SigstoreTrust, that: SigstoreTrust): boolean {
  if (one.type === "keys" && that.type === "keys") {
    return isAmong(one.keys, that.keys) && demands(one.rekor, that.rekor, isAmong);
  }
  if (one.type === "fulcio" && that.type === "fulcio") {
    return (
      isAmong(one.rekor, that.rekor) &&
      isSame(one.fulcio.ca, that.fulcio.ca) &&
      one.fulcio.oidcIssuer === that.fulcio.oidcIssuer &&
      one.fulcio.subjectEmail === that.fulcio.subjectEmail
    );
  }
  if (one.type === "pki" && that.type === "pki") {
    return (
      isSame(one.pki.roots, that.pki.roots) &&
      // fewer of them make fewer chains
      demands(that.pki.intermediates, one.pki.intermediates, isSame) &&
      demands(one.pki.subjectEmail, that.pki.subjectEmail, Object.is) &&
      demands(one.pki.subjectHostname, that.pki.subjectHostname, Object.is)
    );
  }
  return false;
}
