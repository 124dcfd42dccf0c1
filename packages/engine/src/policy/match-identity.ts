import { CountersignError, unreachable } from "../values/error.ts";
import {
  formatReference,
  isNameOnly,
  type NamedReference,
  parseNamedReference,
  repositoryName,
} from "../values/image-reference.ts";
import type { IdentityMatch } from "./policy.ts";

/**
 * Whether a name found inside a signature covers the image that was asked for. A name that cannot be parsed covers
 * nothing. Both names are normalised, but the signed one gains no tag: a signature for `repo` is not one for
 * `repo:latest`.
 * Source: containers/image signature/policy_reference_match.go.
 * @param image undefined where the image has no such name: then only the exact… matchers can match
 * @param signed `docker-reference` of the signed payload, verbatim
 */
export function matchesIdentity(
  match: IdentityMatch,
  image: NamedReference | undefined,
  signed: string,
): boolean {
  const name = parseOrUndefined(signed);
  if (name === undefined) return false;
  switch (match.type) {
    case "matchExact":
      return image !== undefined && isSameReference(image, name);
    case "matchRepoDigestOrExact":
      return image !== undefined && isSameRepositoryOrReference(image, name);
    case "matchRepository":
      return image !== undefined && isSameRepository(image, name);
    case "exactReference":
      return isSameReference(match.reference, name);
    case "exactRepository":
      return isSameRepository(match.repository, name);
    case "remapIdentity": {
      const mapped = image && remap(image, match.prefix, match.signedPrefix);
      return mapped !== undefined && isSameRepositoryOrReference(mapped, name);
    }
    default:
      return unreachable(match);
  }
}

function isSameReference(intended: NamedReference, signed: NamedReference): boolean {
  return (
    !isNameOnly(intended) && !isNameOnly(signed) && formatReference(intended) === formatReference(signed)
  );
}

function isSameRepository(intended: NamedReference, signed: NamedReference): boolean {
  return repositoryName(intended) === repositoryName(signed);
}

/**
 * For an image asked for by digest the signed tag or digest may be any: the digest that was signed is compared with
 * the manifest's own, and the manifest with the digest that was asked for.
 */
function isSameRepositoryOrReference(intended: NamedReference, signed: NamedReference): boolean {
  if (intended.tag !== undefined) return isSameReference(intended, signed);
  return intended.digest !== undefined && !isNameOnly(signed) && isSameRepository(intended, signed);
}

/**
 * The image under the name it was signed with: `prefix` replaced if it is the name, or a parent of it. The outcome
 * must be a full name as it stands, so that nothing is normalised a second time.
 * @returns the image itself if the prefix does not apply; undefined if the outcome is no such name
 */
function remap(image: NamedReference, prefix: string, signedPrefix: string): NamedReference | undefined {
  const name = repositoryName(image);
  if (name !== prefix && !name.startsWith(`${prefix}/`)) return image;
  const mapped = signedPrefix + formatReference(image).slice(prefix.length);
  const reference = parseOrUndefined(mapped);
  return reference !== undefined && formatReference(reference) === mapped ? reference : undefined;
}

function parseOrUndefined(text: string): NamedReference | undefined {
  try {
    return parseNamedReference(text);
  } catch (error) {
    if (error instanceof CountersignError) return undefined;
    throw error;
  }
}
