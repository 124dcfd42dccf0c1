import { nearest } from "./policy-scope.ts";
import type { PublishedScopeRule } from "./published-rule.ts";

type Requirements = readonly object[];

/** What policies by scopes demand of the images of a scope. */
export interface ScopeDemands {
  /** by the cluster's; undefined where it has no scope, and what holds otherwise does */
  readonly demanded: Requirements | undefined;
  /** by a namespace's besides */
  readonly added: Requirements;
}

/**
 * What several policies by scopes say together. Of the cluster's the most specific scope applies alone, as in
 * containers-policy.json(5), and so of those that tighten; where one of these applies, both must hold: a namespace's own
 * scope, though it may be more specific, opens nothing that the cluster has closed.
 */
export function mergeScopes(rules: readonly PublishedScopeRule[]): ReadonlyMap<string, ScopeDemands> {
  const demanded = together(rules.filter(({ tightens }) => !tightens));
  const added = together(rules.filter(({ tightens }) => tightens));
  const scopes = [...new Set([...demanded.keys(), ...added.keys()])].sort();
  return new Map(
    scopes.map((scope) => [
      scope,
      { demanded: nearest(demanded, scope), added: nearest(added, scope) ?? [] },
    ]),
  );
}

/** Requirements of several policies for one scope are one list: all of them must hold. */
function together(rules: readonly PublishedScopeRule[]): ReadonlyMap<string, Requirements> {
  const lists = new Map<string, Requirements>();
  for (const { scopes, requirements } of rules) {
    for (const scope of scopes) lists.set(scope, [...(lists.get(scope) ?? []), ...requirements]);
  }
  return lists;
}
