import type { Shortcoming } from "./compiled-rule.ts";
import { composeCrioPolicy } from "./compose-crio-policy.ts";
import { openRule } from "./published-rule.ts";

/**
 * What of a rule is not enforced as its policy says where CRI-O enforces it: all that no node can, and what CRI-O's file
 * cannot say besides.
 * @param text a compiled rule; @param shortcomings of it wherever it is enforced
 */
export function crioShortcomings(text: string, shortcomings: readonly Shortcoming[]): readonly Shortcoming[] {
  const { notes } = composeCrioPolicy(denyAll, [text]);
  const own = notes.map(({ effect, message }) => ({ path: "", effect, message }));
  // where a policy has no effect it refuses nothing, whatever it lacks
  return isWithoutEffect(text) ? own : [...shortcomings, ...own];
}

const denyAll = JSON.stringify({ default: [{ type: "reject" }] });

/** CRI-O has no warnings. */
function isWithoutEffect(text: string): boolean {
  const opened = openRule(text);
  return opened.type === "globs" && opened.requirements.every(({ mode }) => mode === "warn");
}
