import type { Digest } from "../values/digest.ts";
import { CountersignError } from "../values/error.ts";
import {
  familiarName,
  type NamedReference,
  parseNamedReference,
  repositoryName,
} from "../values/image-reference.ts";
import { foreseeGlob, globPattern, includesPattern, matchesGlob } from "./glob-matcher.ts";

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
    throw invalid("invalid glob: it may have letters, digits and - _ : / * . @ only");
  }
  const pattern = patternOf(source);
  return {
    source,
    matches: (name) => matchesGlob(pattern, name),
    matchesUnknownDigest: (before) => foreseeGlob(pattern, before),
  };
}

/** Steps that are taken to compare two lists: globs have a thousand characters, and a rule some hundred of them. */
const maxWork = 50_000_000;

/** Whether it is sure that one of `wide` matches whatever one of `narrow` does; false too where telling takes too long. */
export function globsInclude(wide: readonly ImageGlob[], narrow: readonly ImageGlob[]): boolean {
  const sources = new Set(wide.map(({ source }) => source));
  const others = narrow.filter(({ source }) => !sources.has(source));
  if (lengthOf(wide) * lengthOf(others) > maxWork) return false;
  const patterns = wide.map(({ source }) => patternOf(source));
  return others.every(({ source }) => {
    const pattern = patternOf(source);
    return patterns.some((one) => includesPattern(one, pattern));
  });
}

function lengthOf(globs: readonly ImageGlob[]): number {
  return globs.reduce((sum, { source }) => sum + source.length, 0);
}

function patternOf(source: string) {
  return globPattern(shorthands.get(source) ?? source);
}

/** What upstream takes two short patterns for; any other without a registry is taken as it stands. */
const shorthands: ReadonlyMap<string, string> = new Map([
  ["*", "index.docker.io/library/*"],
  ["*/*", "index.docker.io/*/*"],
]);

/**
 * Why no image has a name that a glob matches, for whoever wrote it in good faith; undefined for most globs. It must never be
 * said of one that matches anything: where scopes are composed, such a glob is left out.
 */
export function whyNothingMatches(glob: string): string | undefined {
  const hub = /^(index\.)?docker\.io\/([^/*@:]+)(?:[:@].*)?$/.exec(glob);
  if (hub !== null) return `Docker Hub's own images are called index.docker.io/library/${hub[2]}@*`;
  if (glob.startsWith("docker.io/"))
    return `Docker Hub's images are called index.docker.io/…, as in index.${glob}`;
  const [, withoutScheme] = /^[a-z][a-z0-9.-]*:\/\/(.*)$/i.exec(glob) ?? [];
  if (withoutScheme !== undefined)
    return `images' names begin with a registry's host, not with a scheme, as in ${withoutScheme}`;
  if (glob.includes("//")) return "there is nothing between two / of it, and no image's name is so";
  if (glob.endsWith("/")) return `images' names end with their digest, as in ${glob}**`;
  if (/\/[^@]*[A-Z]/.test(glob)) return "names of repositories have no capitals";
  const [, repository] = /^((?:[^*@/]+\/)+[^*@/:]+)(?::.*)?$/.exec(glob) ?? tagOfHubImage.exec(glob) ?? [];
  if (repository !== undefined)
    return `images are matched by their digests, not by tags: ${repository}@* matches the repository`;
  const [, end] = /:([^:*]*)$/.exec(glob) ?? [];
  if (end !== undefined && !/^(?:[0-9a-f]{64}|[0-9a-f]{96}|[0-9a-f]{128})$/.test(end))
    return "images' names end with their digest, of which a SHA-256 has 64 digits, and not with a tag";
  const [tail = ""] = /[^*]*$/.exec(glob) ?? [];
  if (!tail.includes(":") && /[^0-9a-f]/.test(tail))
    return `images' names end with their digest, as in ${glob.replace(/@[^@/*]*$/, "")}@*`;
  return undefined;
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

function invalid(message: string): CountersignError {
  return new CountersignError("POLICY_INVALID", message);
}
