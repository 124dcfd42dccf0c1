import { excessOf, overfullNamespaces } from "@countersign/engine/cluster/namespace-budget";
import type { RuleOutcome } from "./rule-book.ts";

/** Tells policies of a namespace that has too many of them. */
export function withExcess(outcomes: readonly RuleOutcome[]): readonly RuleOutcome[] {
  const overfull = overfullNamespaces(outcomes.flatMap(({ rule }) => rule ?? []));
  if (overfull.size === 0) return outcomes;
  return outcomes.map((outcome) => ({
    ...outcome,
    shortcomings: [...excessOf(overfull, outcome.object.metadata.namespace), ...outcome.shortcomings],
  }));
}
