import type { Digest } from "../values/digest.ts";
import type { NamedReference } from "../values/image-reference.ts";
import { globNames, type ImageGlob, namesBeforeDigest } from "./image-glob.ts";
import type { ImageRule } from "./policy.ts";

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
