import type { CompiledRule } from "./compiled-rule.ts";
import { openRule, type PublishedRequirement } from "./published-rule.ts";

/** What a rule does to the images that it is about. */
export type RuleEffect =
  | "warns"
  /** whatever signatures they have */
  | "refuses all"
  /** those are let in that one of its authorities vouches for */
  | "asks for a signature";

export function ruleEffect({ text }: CompiledRule): RuleEffect {
  const { requirements } = openRule(text);
  if (requirements.every(({ mode }) => mode === "warn")) return "warns";
  return requirements.some(refusesAll) ? "refuses all" : "asks for a signature";
}

function refusesAll({ type, mode, authorities }: PublishedRequirement): boolean {
  if (mode === "warn") return false;
  return authorities?.every((one) => one.static?.action === "fail") ?? type === "reject";
}
