import { excessOf, overfullNamespaces } from "@countersign/engine/cluster/namespace-budget";
import type { RuleOutcome } from "./rule-book.ts";

/**
 * Tells policies of a namespace that has too many of them.
 * @param crio namespaces whose policies are too much for CRI-O alone, and why
 */
export function withExcess(
  outcomes: readonly RuleOutcome[],
  crio: ReadonlyMap<string, string>,
): readonly RuleOutcome[] {
  const overfull = overfullNamespaces(outcomes.flatMap(({ rule }) => rule ?? []));
  if (overfull.size + crio.size === 0) return outcomes;
  return outcomes.map((outcome) => {
    const { namespace } = outcome.object.metadata;
    const [everywhere, there] = [excessOf(overfull, namespace), excessOf(crio, namespace)];
    return {
      ...outcome,
      ...(everywhere.length > 0 && { shortcomings: [...everywhere, ...outcome.shortcomings] }),
      ...(there.length > 0 && { crioShortcomings: there }),
    };
  });
}
