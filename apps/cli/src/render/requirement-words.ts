import type {
  IdentityMatch,
  Requirement,
  SigstoreTrust,
  TrustSource,
} from "@countersign/engine/policy/policy";
import { formatReference, repositoryName } from "@countersign/engine/values/image-reference";

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
      return `what one of the authorities ${requirement.authorities.map(({ name }) => name).join(", ")} vouches for`;
    case "anyOf":
      return requirement.alternatives
        .map((all) => `either ${all.map(requirementWords).join(" and ")}`)
        .join(", or ");
    case "warn":
      return `no more than a warning without ${requirementWords(requirement.requirement)}`;
  }
}

function trustWords(trust: SigstoreTrust): string {
  switch (trust.type) {
    case "keys":
      return trust.rekor === undefined
        ? `by ${keyWords(trust.keys)}`
        : `by ${keyWords(trust.keys)}, entered in the log of ${keyWords(trust.rekor)}`;
    case "fulcio": {
      const { subjectEmail, oidcIssuer, ca } = trust.fulcio;
      return `by ${subjectEmail}, vouched for by ${oidcIssuer} and certified by ${authorityWords(ca)}, entered in the log of ${keyWords(trust.rekor)}`;
    }
    case "pki": {
      const { subjectEmail, subjectHostname, roots } = trust.pki;
      const subjects = [subjectEmail, subjectHostname].filter((subject) => subject !== undefined);
      return `by ${subjects.join(" and ")}, certified by ${authorityWords(roots)}`;
    }
  }
}

/** Of several keys any one suffices. */
function keyWords(source: TrustSource): string {
  if (source.type === "files") {
    return source.paths.length === 1
      ? `the key in ${source.paths.join("")}`
      : `one of the keys in ${source.paths.join(", ")}`;
  }
  return source.data.length === 1
    ? "the key in the policy itself"
    : `one of the ${source.data.length} keys in the policy itself`;
}

function authorityWords(source: TrustSource): string {
  return source.type === "files"
    ? `the authority in ${source.paths.join(", ")}`
    : "the authority in the policy itself";
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
