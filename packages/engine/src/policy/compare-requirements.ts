import { formatReference, repositoryName } from "../values/image-reference.ts";
import type { IdentityMatch, Requirement, Requirements, SigstoreTrust, TrustSource } from "./policy.ts";

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
  const adds = !acceptsNoMore(after, before);
  const loses = !acceptsNoMore(before, after);
  if (adds) return loses ? "changed" : "loosened";
  return loses ? "tightened" : "same";
}

/** Whether it is sure that whatever `these` accept, `those` accept too. */
function acceptsNoMore(these: Requirements, those: Requirements): boolean {
  if (these.some(acceptsNothing)) return true;
  return those.every((that) => acceptsEverything(that) || these.some((one) => implies(one, that)));
}

function acceptsEverything(requirement: Requirement): boolean {
  switch (requirement.type) {
    case "insecureAcceptAnything":
    case "warn":
      return true;
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
    default:
      return false;
  }
}

function implies(one: Requirement, that: Requirement): boolean {
  if (one.type === "anyOf") {
    return one.alternatives.every((alternative) => acceptsNoMore(alternative, [that]));
  }
  if (that.type === "anyOf") {
    return that.alternatives.some((alternative) => acceptsNoMore([one], alternative));
  }
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

/** Whether `one` demands at least what `that` does; undefined demands nothing. */
function demands<T>(one: T | undefined, that: T | undefined, covers: (one: T, that: T) => boolean): boolean {
  return that === undefined || (one !== undefined && covers(one, that));
}

/** Whether every key of `one` is a key of `that`, of which any suffices. */
function isAmong(one: TrustSource, that: TrustSource): boolean {
  const theirs = new Set(keysOf(that));
  return keysOf(one).every((key) => theirs.has(key));
}

/** Of certificates: a source holds one file or one text. */
function isSame(one: TrustSource, that: TrustSource): boolean {
  return isAmong(one, that) && isAmong(that, one);
}

/** A file and the data it may hold are two things: what it holds is not known here. */
function keysOf(source: TrustSource): readonly string[] {
  return source.type === "files"
    ? source.paths.map((path) => `path ${path}`)
    : source.data.map((data) => `data ${Buffer.from(data).toString("base64")}`);
}

/** Whether every name that `one` accepts for an image, `that` accepts for it too. */
function narrows(one: IdentityMatch, that: IdentityMatch): boolean {
  switch (that.type) {
    case "matchExact":
      return one.type === "matchExact";
    case "matchRepoDigestOrExact":
      return one.type === "matchExact" || one.type === "matchRepoDigestOrExact";
    case "matchRepository":
      return ["matchExact", "matchRepoDigestOrExact", "matchRepository"].includes(one.type);
    case "exactReference":
      return (
        one.type === "exactReference" && formatReference(one.reference) === formatReference(that.reference)
      );
    case "exactRepository":
      return fixedRepository(one) === repositoryName(that.repository);
    case "remapIdentity":
      return (
        one.type === "remapIdentity" && one.prefix === that.prefix && one.signedPrefix === that.signedPrefix
      );
  }
}

/** The repository a matcher insists on, whatever image was asked for. */
function fixedRepository(match: IdentityMatch): string | undefined {
  switch (match.type) {
    case "exactReference":
      return repositoryName(match.reference);
    case "exactRepository":
      return repositoryName(match.repository);
    default:
      return undefined;
  }
}
