import type { Digest } from "../values/digest.ts";
import { CountersignError } from "../values/error.ts";
import { quote } from "../values/go-format.ts";
import {
  familiarName,
  type NamedReference,
  parseNamedReference,
  repositoryName,
} from "../values/image-reference.ts";

/**
 * A pattern over images' names, as a ClusterImagePolicy has it: `**` is any text, `*` any text without `/`, all else is
 * itself; the whole name has to match. Only {@link parseImageGlob} makes one.
 */
export interface ImageGlob {
  /** as it was written */
  readonly source: string;
  matches(name: string): boolean;
  /** what becomes of a name that goes on with 64 digits of a digest which nobody knows yet */
  matchesUnknownDigest(nameBefore: string): "always" | "never" | "depends";
}

/** Longer than any name it could match, with room for wildcards. */
const maxLength = 1024;

/**
 * Source: policy-controller pkg/apis/glob/glob.go, Compile. Matching takes time in proportion to pattern times name.
 * @throws CountersignError POLICY_INVALID
 */
export function parseImageGlob(source: string): ImageGlob {
  if (source.length > maxLength) throw invalid(`a glob has at most ${maxLength} characters`);
  if (!/^[a-zA-Z0-9\-_:/*.@]+$/.test(source)) {
    throw invalid(`invalid glob ${quote(source)}: it may have letters, digits and - _ : / * . @ only`);
  }
  const parts = tokens(shorthands.get(source) ?? source);
  return {
    source,
    matches: (name) => follow(parts, name).has(parts.length),
    matchesUnknownDigest: (before) => foresee(parts, follow(parts, before)),
  };
}

/** What upstream takes two short patterns for; any other without a registry is taken as it stands. */
const shorthands: ReadonlyMap<string, string> = new Map([
  ["*", "index.docker.io/library/*"],
  ["*/*", "index.docker.io/*/*"],
]);

/** Why no image has a name that a glob matches, for whoever wrote it in good faith; undefined for most globs. */
export function whyNothingMatches(glob: string): string | undefined {
  if (glob.startsWith("docker.io/"))
    return `Docker Hub's images are called index.docker.io/…, as in index.${glob}`;
  const [, repository] = /^((?:[^*@/]+\/)+[^*@/:]+)(?::.*)?$/.exec(glob) ?? tagOfHubImage.exec(glob) ?? [];
  return (
    repository && `images are matched by their digests, not by tags: ${repository}@* matches the repository`
  );
}

/** Before the first `/` a colon may also begin a port: `host:**` and `host:5000**` match images, `app:v1` and `app:*` none. */
const tagOfHubImage = /^([^*@/:]+)(?::(?:(?!\*\*)[^@/])*)?$/;

/**
 * The names by which a glob may know an image: the canonical one, in which Docker Hub is `index.docker.io` and a digest
 * leaves no room for a tag, and the one that people write.
 * Source: go-containerregistry pkg/name, Digest.Name; glob.go, Match.
 */
export function globNames(image: NamedReference, digest: Digest): readonly string[] {
  return repositoryNames(image).map((name) => `${name}@${digest}`);
}

/** The same, of an image whose digest is not known, up to where its digits begin: manifests have SHA-256 digests. */
export function namesBeforeDigest(image: NamedReference): readonly string[] {
  return repositoryNames(image).map((name) => `${name}@sha256:`);
}

function repositoryNames(image: NamedReference): readonly string[] {
  const { domain, path } = image;
  const canonical = `${domain === "docker.io" ? "index.docker.io" : domain}/${path}`;
  const familiar = familiarName(image);
  // `docker.io/ghcr.io/app` is nobody's `ghcr.io/app`
  const isMistakable =
    domain === "docker.io" && repositoryName(parseNamedReference(familiar)) !== repositoryName(image);
  return canonical === familiar || isMistakable ? [canonical] : [canonical, familiar];
}

type Token =
  | { readonly type: "character"; readonly character: string }
  | { readonly type: "any text" }
  | { readonly type: "any text but /" };

function tokens(pattern: string): readonly Token[] {
  return (pattern.match(/\*\*|./gs) ?? []).map((part): Token => {
    if (part === "**") return { type: "any text" };
    return part === "*" ? { type: "any text but /" } : { type: "character", character: part };
  });
}

/** Positions in a pattern that some way of reading the text so far leads to. */
type Positions = ReadonlySet<number>;

/** Follows all ways through the pattern at once: nothing is tried twice, whatever the pattern. */
function follow(parts: readonly Token[], name: string): Positions {
  let reached = skipWildcards(parts, new Set([0]));
  for (const character of name) reached = step(parts, reached, (each) => each === character, character);
  return reached;
}

/** One character further; `character` is what stands for it where only `/` matters. */
function step(
  parts: readonly Token[],
  reached: Positions,
  isMet: (wanted: string) => boolean,
  character: string,
): Positions {
  const next = new Set<number>();
  for (const at of reached) {
    const part = parts[at];
    if (part === undefined) continue;
    if (part.type === "character") {
      if (isMet(part.character)) next.add(at + 1);
    } else if (part.type === "any text" || character !== "/") next.add(at);
  }
  return skipWildcards(parts, next);
}

/** Certain where a way ends in wildcards alone; impossible where not even the luckiest digits lead to the end. */
function foresee(parts: readonly Token[], reached: Positions): "always" | "never" | "depends" {
  const rest = [...reached].map((at) => parts.slice(at));
  if (rest.some((tail) => tail.length > 0 && tail.every(({ type }) => type !== "character"))) return "always";
  let possible = reached;
  for (let digit = 0; digit < 64; digit++) {
    possible = step(parts, possible, (wanted) => /[0-9a-f]/.test(wanted), "0");
  }
  return possible.has(parts.length) ? "depends" : "never";
}

/** A wildcard may stand for nothing. */
function skipWildcards(parts: readonly Token[], positions: Set<number>): Positions {
  // a set is walked in the order of insertion, and what is added meanwhile is walked too
  for (const at of positions) {
    const part = parts[at];
    if (part !== undefined && part.type !== "character") positions.add(at + 1);
  }
  return positions;
}

function invalid(message: string): CountersignError {
  return new CountersignError("POLICY_INVALID", message);
}
