import { mergeScopes } from "./merge-scopes.ts";
import { openPart, openRule, type PublishedScopeRule } from "./published-rule.ts";

/**
 * Puts a policy file for the gateway together: what holds where no rule matches, and the rules, each as it was published.
 * They are taken as they are; the file is parsed strictly before a node uses it.
 *
 * Policies by scopes are scopes of the file, unless they have to hold beside something: beside a glob that stands in place
 * of scopes, and where a namespace's come to the cluster's. Then they are rules by scopes, each requirement once. Merged into
 * lists, all that a tenant asks of a registry would be repeated for each scope that the cluster has in it: 170 KB of
 * resources were files of 42 MB. A gateway that knows no such rules refuses the file, where it would pass over scopes.
 * @param base a JSON object with `default`
 * @param rules JSON objects: members of the file's `images`, or requirements by scope
 * @throws CountersignError POLICY_INVALID for a part that is no JSON object
 */
export function composeGatewayPolicy(base: string, rules: readonly string[]): string {
  const { default: otherwise } = openPart(base);
  const opened = rules.map((text) => ({ rule: openRule(text), part: openPart(text) }));
  const byScope = opened.flatMap(({ rule }) => (rule.type === "scopes" ? [rule] : []));
  const isReplaced = opened.some(({ rule }) => rule.type === "globs" && !rule.tightens);
  const isAdded = new Set(byScope.map(({ tightens }) => tightens)).size === 2;
  const areRules = isReplaced || isAdded;
  const taken = new Set(opened.flatMap(({ rule }) => (rule.type === "globs" ? [rule.name] : [])));
  const images = opened.flatMap(({ rule, part }) => {
    if (rule.type === "globs") return [part];
    return areRules ? [ruleByScopes(rule, taken)] : [];
  });
  const scopes = areRules ? {} : scopesOf(byScope, otherwise);
  const policy = {
    countersign: 1,
    default: otherwise,
    ...(Object.keys(scopes).length > 0 && { transports: { docker: scopes } }),
    ...(images.length > 0 && { images }),
  };
  return `${JSON.stringify(policy, undefined, 2)}\n`;
}

function scopesOf(
  rules: readonly PublishedScopeRule[],
  otherwise: unknown,
): Readonly<Record<string, unknown>> {
  // a default that only warns lets in
  const base = Array.isArray(otherwise) ? otherwise : [];
  return Object.fromEntries(
    [...mergeScopes(rules)].map(([scope, { demanded = base, added }]) => [scope, [...demanded, ...added]]),
  );
}

function ruleByScopes(
  { name, scopes, tightens, requirements }: PublishedScopeRule,
  taken: ReadonlySet<string>,
): object {
  // another group's policy may be called the same, and a name that comes twice voids the file
  const apart = taken.has(name) ? `${name} (config.openshift.io)` : name;
  return { name: apart, scopes, ...(tightens && { tightens }), requirements };
}
