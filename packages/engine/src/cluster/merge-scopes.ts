import { nearest } from "./policy-scope.ts";
import type { PublishedRule } from "./published-rule.ts";

type Requirements = readonly object[];
type ScopeRule = Extract<PublishedRule, { readonly type: "scopes" }>;

/**
 * What several policies by scopes say together. Of the cluster's the most specific scope applies alone, as in
 * containers-policy.json(5), and so of those that tighten; where one of these applies, both must hold: a namespace's own
 * scope, though it may be more specific, opens nothing that the cluster has closed.
 * @param otherwise what holds where the cluster has no scope
 */
export function mergeScopes(
  rules: readonly ScopeRule[],
  otherwise: Requirements,
): ReadonlyMap<string, Requirements> {
  const demanded = together(rules.filter(({ tightens }) => !tightens));
  const added = together(rules.filter(({ tightens }) => tightens));
  const scopes = [...new Set([...demanded.keys(), ...added.keys()])].sort();
  return new Map(
    scopes.map((scope) => {
      const base = nearest(demanded, scope) ?? otherwise;
      return [scope, [...base, ...(nearest(added, scope) ?? [])]] as const;
    }),
  );
}

/** Requirements of several policies for one scope are one list: all of them must hold. */
function together(rules: readonly ScopeRule[]): ReadonlyMap<string, Requirements> {
  const lists = new Map<string, Requirements>();
  for (const { scopes } of rules) {
    for (const [scope, requirements] of scopes)
      lists.set(scope, [...(lists.get(scope) ?? []), ...requirements]);
  }
  return lists;
}
