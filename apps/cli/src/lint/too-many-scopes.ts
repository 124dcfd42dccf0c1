import type { Hint } from "@countersign/engine/policy/lint/hint";
import type { ImageRule, Policy } from "@countersign/engine/policy/policy";

/** Some seconds; each is looked at by a dozen rules, and compared with those above it. */
const maxScopes = 20_000;

/** Told in place of what would take minutes and a gigabyte to find, in a file that is valid all the same. */
export function tooManyScopes({ transports, images }: Policy): Hint | undefined {
  const inSections = [...transports.values()].reduce((count, scopes) => count + scopes.size, 0);
  const count = images.reduce((sum, rule) => sum + sizeOf(rule), inSections);
  if (count <= maxScopes) return undefined;
  return {
    code: "TOO_MANY_SCOPES",
    path: "",
    message: `it has ${count} scopes and globs; lint looks into policies with up to ${maxScopes}, so it may be full of what is not meant, and nothing of that is told`,
    remedy: "write wider scopes (a namespace, a host, *.domain) in place of single images",
  };
}

function sizeOf(rule: ImageRule): number {
  return rule.type === "globs" ? rule.globs.length : rule.scopes.size;
}
