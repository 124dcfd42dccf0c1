import type { ApiObject } from "../kube/api-object.ts";
import { isRecord } from "../kube/parse-object.ts";
import type { Published } from "./publisher.ts";
import { keyOf, type RuleOutcome } from "./rule-book.ts";

/** In which publication each policy's rule came: nodes that have that one or a later one have the rule. */
export interface PolicyHistory {
  /** Takes down what was published; policies that are not among the outcomes are gone. */
  note(outcomes: readonly RuleOutcome[], published: Published): void;
  /** undefined while nothing of the policy is published */
  publicationOf(policy: ApiObject): number | undefined;
}

export function policyHistory(): PolicyHistory {
  const since = new Map<string, { readonly text: string; readonly publication: number }>();

  function noteOne({ object, rule: wanted, waiting }: RuleOutcome, { generation }: Published): void {
    const rule = waiting === undefined ? wanted : waiting.inForce;
    const key = keyOf(object);
    if (rule === undefined) {
      since.delete(key);
      return;
    }
    const known = since.get(key);
    if (known?.text === rule.text) return;
    // what another controller published is told by the policy itself
    const told = known === undefined ? publicationIn(object) : undefined;
    since.set(key, { text: rule.text, publication: Math.min(told ?? generation, generation) });
  }

  return {
    note(outcomes, published) {
      for (const outcome of outcomes) noteOne(outcome, published);
      const present = new Set(outcomes.map(({ object }) => keyOf(object)));
      for (const key of since.keys()) if (!present.has(key)) since.delete(key);
    },
    publicationOf: (policy) => since.get(keyOf(policy))?.publication,
  };
}

function publicationIn({ status }: ApiObject): number | undefined {
  const publication = isRecord(status) ? status["publication"] : undefined;
  return typeof publication === "number" && Number.isSafeInteger(publication) ? publication : undefined;
}
