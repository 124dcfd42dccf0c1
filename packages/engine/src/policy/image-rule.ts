import type { Digest } from "../values/digest.ts";
import type { NamedReference } from "../values/image-reference.ts";
import { globNames, type ImageGlob, namesBeforeDigest } from "./image-glob.ts";
import type { Requirements } from "./policy.ts";

/**
 * One of the extension's `images`: requirements for whatever a glob matches. Unlike scopes, of which the most specific
 * applies alone, all rules that match must hold, as a cluster's policies do.
 */
export interface ImageRule {
  /** what people call it, e.g. the resource it was compiled from */
  readonly name: string;
  readonly globs: readonly [ImageGlob, ...ImageGlob[]];
  /** whether it only adds to what would hold without it; else it stands in place of scopes and default */
  readonly tightens: boolean;
  readonly requirements: Requirements;
}

/** How a rule bears on an image. */
export type RuleMatch =
  | "none"
  /** its requirements are added */
  | "adds"
  /** its requirements hold in place of the scope's */
  | "replaces";

/**
 * Whether a rule is about an image. Globs are matched against the name with its digest, as policy-controller does. An
 * image that is asked for by a tag has none yet: a glob that tells digests apart then adds its requirements, and replaces
 * nothing, so that no image is let in for being another.
 */
export function matchRule({ globs, tightens }: ImageRule, image: NamedReference): RuleMatch {
  const matches = globs.map((glob) => matchGlob(glob, image, image.digest));
  if (matches.includes("always")) return tightens ? "adds" : "replaces";
  return matches.includes("depends") ? "adds" : "none";
}

function matchGlob(
  glob: ImageGlob,
  image: NamedReference,
  digest: Digest | undefined,
): "always" | "never" | "depends" {
  const answers =
    digest === undefined
      ? namesBeforeDigest(image).map(glob.matchesUnknownDigest)
      : globNames(image, digest).map((name) => (glob.matches(name) ? "always" : "never"));
  if (answers.includes("always")) return "always";
  return answers.includes("depends") ? "depends" : "never";
}
