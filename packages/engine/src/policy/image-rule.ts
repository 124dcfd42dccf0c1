import type { Digest } from "../values/digest.ts";
import type { NamedReference } from "../values/image-reference.ts";
import { globNames, type ImageGlob, namesBeforeDigest } from "./image-glob.ts";
import type { GlobRule, ImageRule } from "./policy.ts";

/** A rule that is about an image, and how it bears on it. */
export interface MatchingRule {
  readonly rule: ImageRule;
  /** whether its requirements hold in place of what holds without rules; else they are added to it */
  readonly replaces: boolean;
  /** of a rule by scopes, the one by which it is about the image */
  readonly scope: string | undefined;
}

/**
 * The rules that are about an image, in their order.
 * @param scopes those that the image falls under, the most specific first, without `""`
 */
export function matchingRules(
  rules: readonly ImageRule[],
  image: NamedReference,
  scopes: readonly string[],
): readonly MatchingRule[] {
  if (rules.length === 0) return [];
  const all = [...scopes, ""];
  const demanded = mostSpecific(rules, all, false);
  const added = mostSpecific(rules, all, true);
  return rules.flatMap((rule): readonly MatchingRule[] => {
    const { tightens } = rule;
    if (rule.type === "scopes") {
      const scope = tightens ? added : demanded;
      return scope !== undefined && rule.scopes.has(scope) ? [{ rule, replaces: !tightens, scope }] : [];
    }
    const match = matchGlobs(rule, image);
    return match === "never" ? [] : [{ rule, replaces: match === "always" && !tightens, scope: undefined }];
  });
}

/** The most specific of some scopes that any rule by scopes has; a rule with a wider one is then not about the image. */
function mostSpecific(
  rules: readonly ImageRule[],
  scopes: readonly string[],
  tightens: boolean,
): string | undefined {
  const byScope = rules.flatMap((rule) =>
    rule.type === "scopes" && rule.tightens === tightens ? [rule.scopes] : [],
  );
  return scopes.find((scope) => byScope.some((own) => own.has(scope)));
}

/**
 * Globs are matched against the name with its digest, as policy-controller does. An image that is asked for by a tag has
 * none yet: of a glob that tells digests apart it depends whether it matches. Its requirements are then added and replace
 * nothing, so that no image is let in for being another.
 */
function matchGlobs({ globs }: GlobRule, image: NamedReference): "always" | "never" | "depends" {
  const matches = globs.map((glob) => matchGlob(glob, image, image.digest));
  if (matches.includes("always")) return "always";
  return matches.includes("depends") ? "depends" : "never";
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
