import type { IdentityMatch, Requirement, SigstoreTrust } from "@countersign/engine/policy/policy";
import type { SigstoreRequirement } from "@countersign/engine/policy/sigstore-requirement";
import { formatReference, repositoryName } from "@countersign/engine/values/image-reference";
import { authorityWords } from "./authority-words.ts";
import { caWords, keyWords } from "./trust-words.ts";

/** What a requirement asks for, in words for people who do not know the file's format. */
export function requirementWords(requirement: Requirement): string {
  switch (requirement.type) {
    case "insecureAcceptAnything":
      return "anything is accepted, signed or not";
    case "reject":
      return "nothing is accepted";
    case "signedBaseLayer":
      return "nothing is accepted: base layers cannot be checked";
    case "signedBy":
      return requirement.keyType === "GPGKeys"
        ? `an OpenPGP signature by ${keyWords(requirement.keys)}, ${identityWords(requirement.identity)}`
        : `nothing is accepted: keys of type ${requirement.keyType} cannot be checked`;
    case "sigstoreSigned":
      return `a cosign signature ${trustWords(requirement.trust)}, ${identityWords(requirement.identity)}`;
    case "sigstore":
      return sigstoreWords(requirement);
    case "anyOf":
      return `either ${requirement.alternatives.map((all) => all.map(requirementWords).join(" and ")).join("; or ")}`;
    case "warn":
      return `a warning unless there is ${requirementWords(requirement.requirement)}`;
  }
}

function sigstoreWords({ authorities, identity, acceptsIndexSignatures }: SigstoreRequirement): string {
  const [first, ...others] = authorities;
  const vouched =
    others.length === 0
      ? authorityWords(first)
      : `one of ${authorities.map((authority) => `${authority.name}: ${authorityWords(authority)}`).join("; ")}`;
  return [
    vouched,
    ...(identity.type === "digestOnly" ? [] : [identityWords(identity)]),
    ...(acceptsIndexSignatures ? ["for the image or the index that led to it"] : []),
  ].join(", ");
}

function trustWords(trust: SigstoreTrust): string {
  switch (trust.type) {
    case "keys":
      return trust.rekor === undefined
        ? `by ${keyWords(trust.keys)}`
        : `by ${keyWords(trust.keys)}, entered in the log of ${keyWords(trust.rekor)}`;
    case "fulcio": {
      const { subjectEmail, oidcIssuer, ca } = trust.fulcio;
      return `by ${subjectEmail}, vouched for by ${oidcIssuer} and certified by ${caWords(ca)}, entered in the log of ${keyWords(trust.rekor)}`;
    }
    case "pki": {
      const { subjectEmail, subjectHostname, roots } = trust.pki;
      const subjects = [subjectEmail, subjectHostname].filter((subject) => subject !== undefined);
      return `by ${subjects.join(" and ")}, certified by ${caWords(roots)}`;
    }
  }
}

function identityWords(match: IdentityMatch): string {
  switch (match.type) {
    case "matchExact":
      return "made for this very name";
    case "matchRepoDigestOrExact":
      return "made for this very name, or for any tag of the repository if it is asked for by digest";
    case "matchRepository":
      return "made for this repository";
    case "exactReference":
      return `made for ${formatReference(match.reference)}, whatever is asked for`;
    case "exactRepository":
      return `made for the repository ${repositoryName(match.repository)}, whatever is asked for`;
    case "remapIdentity":
      return `made for this very name with ${match.prefix} read as ${match.signedPrefix}, or for any tag of that repository if it is asked for by digest`;
  }
}
