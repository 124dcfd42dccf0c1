import { mergeScopes } from "./merge-scopes.ts";
import { openPart, openRule } from "./published-rule.ts";

/**
 * Puts a policy file for the gateway together: what holds where no rule matches, and the rules, each as it was published.
 * They are taken as they are; the file is parsed strictly before a node uses it.
 * @param base a JSON object with `default`
 * @param rules JSON objects: members of the file's `images`, or requirements by scope
 * @throws CountersignError POLICY_INVALID for a part that is no JSON object
 */
export function composeGatewayPolicy(base: string, rules: readonly string[]): string {
  const { default: otherwise } = openPart(base);
  const opened = rules.map((text) => ({ rule: openRule(text), part: openPart(text) }));
  const images = opened.flatMap(({ rule, part }) => (rule.type === "globs" ? [part] : []));
  const byScope = opened.flatMap(({ rule }) => (rule.type === "scopes" ? [rule] : []));
  // a default that only warns lets in
  const scopes = mergeScopes(byScope, Array.isArray(otherwise) ? otherwise : []);
  const policy = {
    countersign: 1,
    default: otherwise,
    ...(scopes.size > 0 && { transports: { docker: Object.fromEntries(scopes) } }),
    ...(images.length > 0 && { images }),
  };
  return `${JSON.stringify(policy, undefined, 2)}\n`;
}
