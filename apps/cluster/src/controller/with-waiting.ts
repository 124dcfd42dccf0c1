import type { PacedRules } from "./namespace-pace.ts";
import { keyOf, keyOfIdentity, type RuleOutcome } from "./rule-book.ts";

/** Says of policies whose rule nodes are told later what they are told meanwhile. */
export function withWaiting(
  outcomes: readonly RuleOutcome[],
  { delayed }: PacedRules,
): readonly RuleOutcome[] {
  if (delayed.size === 0) return outcomes;
  return outcomes.map((outcome) => {
    const before = delayed.get(outcome.object.metadata.namespace ?? "");
    if (before === undefined) return outcome;
    const key = keyOf(outcome.object);
    const inForce = before.find(({ identity }) => keyOfIdentity(identity) === key);
    return inForce?.text === outcome.rule?.text ? outcome : { ...outcome, waiting: { inForce } };
  });
}
