import { formatReference, repositoryName } from "../values/image-reference.ts";
import type { IdentityMatch } from "./identity-match.ts";

/** Whether every name that `one` accepts for an image, `that` accepts for it too. */
export function narrows(one: IdentityMatch, that: IdentityMatch): boolean {
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
