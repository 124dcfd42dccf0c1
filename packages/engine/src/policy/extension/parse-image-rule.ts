import { CountersignError } from "../../values/error.ts";
import type { Reader } from "../../values/strict-object.ts";
import { filledListOf, objectAs, readFlag, textAs } from "../../values/strict-value.ts";
import { parseImageGlob } from "../image-glob.ts";
import type { ImageRule, Requirements } from "../policy.ts";
import { namedListOf } from "./named-list.ts";

/** As many as a cluster has policies, several times over; each is matched with each image. */
const maxRules = 2000;
const maxGlobs = 256;

/** A resource's kind, namespace and name fit. */
function parseRuleName(text: string): string {
  if (/^[\p{L}\p{N}\p{P}\p{S}](?:[\p{L}\p{N}\p{P}\p{S} ]{0,398}[\p{L}\p{N}\p{P}\p{S}])?$/u.test(text))
    return text;
  throw new CountersignError("POLICY_INVALID", "a name of at most 400 visible characters is expected");
}

/** `images`: rules by globs. @param readRequirements as a marked file's scopes have them */
export function imageRulesReader(readRequirements: Reader<Requirements>): Reader<readonly ImageRule[]> {
  const readers = {
    name: textAs(parseRuleName),
    globs: filledListOf(textAs(parseImageGlob), maxGlobs),
    tightens: readFlag,
    requirements: readRequirements,
  };
  return namedListOf(
    "image",
    (usualName) =>
      objectAs(readers, ({ name = usualName, globs, tightens = false, requirements }, path, report) => {
        if (globs === undefined) report(path, "globs is missing: which images the rule is about");
        if (requirements === undefined) report(path, "requirements is missing");
        return globs && requirements && { name, globs, tightens, requirements };
      }),
    maxRules,
  );
}
