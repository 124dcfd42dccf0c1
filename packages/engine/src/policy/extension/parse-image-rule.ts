import { CountersignError } from "../../values/error.ts";
import { quote } from "../../values/go-format.ts";
import type { Reader } from "../../values/strict-object.ts";
import { filledListOf, objectAs, readFlag, readText, textAs } from "../../values/strict-value.ts";
import { parseImageGlob } from "../image-glob.ts";
import type { ImageRule, Requirements } from "../policy.ts";
import { namedListOf } from "./named-list.ts";
import { onlyOne } from "./only-one.ts";

/** As many as a cluster has policies, several times over; each is matched with each image. */
const maxRules = 2000;
const maxGlobs = 256;
/** More than fit into a rule that can be published; an image is looked up among them, and not matched with each. */
const maxScopes = 65_536;

/** A resource's kind, namespace and name fit. */
function parseRuleName(text: string): string {
  if (/^[\p{L}\p{N}\p{P}\p{S}](?:[\p{L}\p{N}\p{P}\p{S} ]{0,398}[\p{L}\p{N}\p{P}\p{S}])?$/u.test(text))
    return text;
  throw new CountersignError("POLICY_INVALID", "a name of at most 400 visible characters is expected");
}

/** Scopes as `transports` has them, each once. */
const readScopes: Reader<ReadonlySet<string>> = (json, path, report) => {
  const list = filledListOf(readText, maxScopes)(json, path, report) ?? [];
  const scopes = new Set<string>();
  let isWhole = true;
  for (const [at, scope] of list.entries()) {
    if (scopes.has(scope)) report(`${path}[${at}]`, `the scope ${quote(scope)} is here already`);
    if (scopes.has(scope)) isWhole = false;
    scopes.add(scope);
  }
  return isWhole && scopes.size > 0 ? scopes : undefined;
};

/** `images`: rules by globs or scopes. @param readRequirements as a marked file's scopes have them */
export function imageRulesReader(readRequirements: Reader<Requirements>): Reader<readonly ImageRule[]> {
  const readers = {
    name: textAs(parseRuleName),
    globs: filledListOf(textAs(parseImageGlob), maxGlobs),
    scopes: readScopes,
    tightens: readFlag,
    requirements: readRequirements,
  };
  return namedListOf(
    "image",
    (usualName) =>
      objectAs(readers, (fields, path, report) => {
        const { name = usualName, globs, scopes, tightens = false, requirements } = fields;
        const isOne = onlyOne(fields, ["globs", "scopes"], path, report) !== undefined;
        if (requirements === undefined) report(path, "requirements is missing");
        if (!isOne || requirements === undefined) return undefined;
        const rule = { name, tightens, requirements };
        if (globs !== undefined) return { type: "globs", globs, ...rule };
        return scopes && { type: "scopes", scopes, ...rule };
      }),
    maxRules,
  );
}
