import { type Digest, parseDigest } from "./digest.ts";
import { CountersignError } from "./error.ts";
import { quote } from "./go-format.ts";
import { matchReference } from "./reference-grammar.ts";

/** A normalised name with whatever tag or digest was written; see distribution/reference. */
export interface NamedReference {
  /**
   * host[:port], `docker.io` when none was written. `""` for the odd name whose first element has a dot and an
   * underscore (`a_b.c/d`): containers/image takes all of it for a path. Policies may say such a name.
   */
  readonly domain: string;
  /** repository path without host, e.g. `library/busybox` */
  readonly path: string;
  readonly tag: string | undefined;
  readonly digest: Digest | undefined;
}

/** An image that can be asked for: exactly one of tag and digest. */
export type ImageReference =
  | TaggedReference
  | (NamedReference & { readonly tag: undefined; readonly digest: Digest });

export type TaggedReference = NamedReference & { readonly tag: string; readonly digest: undefined };

const defaultDomain = "docker.io";
const legacyDefaultDomain = "index.docker.io";
const officialRepositories = "library/";

/** Of domain and path together, in bytes. */
const maxNameLength = 255;

/**
 * Parses a name as people write it: `busybox` is `docker.io/library/busybox`. The first element is a host only if
 * it has a `.` or `:` or is `localhost`. Adds no tag.
 * Source: distribution/reference, ParseNormalizedNamed.
 * @throws CountersignError REFERENCE_INVALID, with the reference's own words
 */
export function parseNamedReference(text: string): NamedReference {
  if (/^[a-f0-9]{64}$/.test(text)) {
    throw invalid(`invalid repository name (${text}), cannot specify 64-byte hexadecimal strings`);
  }
  const { domain, remainder } = splitDomain(text);
  const [name = ""] = remainder.split(":", 1);
  if (name !== name.toLowerCase())
    throw invalid("invalid reference format: repository name must be lowercase");
  return parseReference(`${domain}/${remainder}`);
}

/**
 * Parses a name without completing it: the first of several elements is the domain of `library/busybox`, and
 * `busybox` has none. Every other function here expects a completed name.
 * Source: distribution/reference, Parse.
 * @throws CountersignError REFERENCE_INVALID, with the reference's own words
 */
export function parseReference(text: string): NamedReference {
  if (text === "") throw invalid("repository name must have at least one component");
  const match = matchReference(text);
  if (match === undefined) {
    const onlyCase = matchReference(text.toLowerCase()) !== undefined;
    throw invalid(onlyCase ? "repository name must be lowercase" : "invalid reference format");
  }
  const { domain, path, tag, digest } = match;
  if (repositoryName({ domain, path, tag: undefined, digest: undefined }).length > maxNameLength) {
    throw invalid("repository name must not be more than 255 characters");
  }
  return { domain, path, tag, digest: digest === undefined ? undefined : checkedDigest(digest) };
}

/** Whether a name that was not completed says its registry; if not, it is a short name. */
export function isQualified({ domain }: NamedReference): boolean {
  return /[.:]/.test(domain) || domain === "localhost";
}

/**
 * Parses what a container tool is asked to pull: `:latest` is added to a bare name.
 * Source: containers/image docker transport, ParseReference.
 * @throws CountersignError REFERENCE_INVALID; a name with both tag and digest is refused too
 */
export function parseImageReference(text: string): ImageReference {
  return toImageReference(parseNamedReference(text));
}

/** As {@link parseImageReference}, from a name already parsed. */
export function toImageReference(name: NamedReference): ImageReference {
  const { domain, path, tag, digest } = name;
  if (domain === "") throw invalid(`invalid reference format: no registry host in ${quote(path)}`);
  if (digest === undefined) return { domain, path, tag: tag ?? "latest", digest };
  if (tag === undefined) return { domain, path, tag, digest };
  throw invalid("Docker references with both a tag and digest are currently not supported");
}

/** `name:tag@digest` is the image `name@digest`, as CRI-O and podman read it. */
export function dropTagIfDigested(name: NamedReference): NamedReference {
  return name.digest === undefined ? name : { ...name, tag: undefined };
}

/** Whether a tag was written, and no digest. */
export function isTagged(name: NamedReference): name is TaggedReference {
  return name.tag !== undefined && name.digest === undefined;
}

/** Whether neither tag nor digest was written. */
export function isNameOnly(name: NamedReference): boolean {
  return name.tag === undefined && name.digest === undefined;
}

/** Domain and path: `docker.io/library/busybox`. */
export function repositoryName({ domain, path }: NamedReference): string {
  return domain === "" ? path : `${domain}/${path}`;
}

/** The whole reference: `docker.io/library/busybox:latest`. */
export function formatReference(name: NamedReference): string {
  return repositoryName(name) + suffix(name);
}

/**
 * The repository as people write it: `busybox`, `library/a/b`, `quay.io/a/b`. For messages only: `docker.io/a.b/c`
 * becomes `a.b/c`, which reads as another name.
 */
export function familiarName(name: NamedReference): string {
  if (name.domain !== defaultDomain) return repositoryName(name);
  const [, official = name.path] = /^library\/([^/]+)$/.exec(name.path) ?? [];
  return official;
}

/** The whole reference as people write it: `busybox:latest`. */
export function familiarReference(name: NamedReference): string {
  return familiarName(name) + suffix(name);
}

function suffix({ tag, digest }: NamedReference): string {
  return (tag === undefined ? "" : `:${tag}`) + (digest === undefined ? "" : `@${digest}`);
}

function splitDomain(text: string): { readonly domain: string; readonly remainder: string } {
  const slash = text.indexOf("/");
  const first = slash === -1 ? "" : text.slice(0, slash);
  const isHost = /[.:]/.test(first) || first === "localhost";
  const written = isHost ? first : defaultDomain;
  const domain = written === legacyDefaultDomain ? defaultDomain : written;
  const remainder = isHost ? text.slice(slash + 1) : text;
  const isOfficial = domain === defaultDomain && !remainder.includes("/");
  return { domain, remainder: isOfficial ? officialRepositories + remainder : remainder };
}

function checkedDigest(text: string): Digest {
  try {
    return parseDigest(text);
  } catch (error) {
    throw invalid(CountersignError.from(error).message);
  }
}

function invalid(message: string): CountersignError {
  return new CountersignError("REFERENCE_INVALID", message);
}
