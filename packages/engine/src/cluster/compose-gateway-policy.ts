import { openPart } from "./published-rule.ts";

/**
 * Puts a policy file for the gateway together: what holds where no rule matches, and the rules, each as it was published.
 * They are taken as they are; the file is parsed strictly before a node uses it.
 * @param base a JSON object with `default`
 * @param rules JSON objects: members of the file's `images`, or requirements by scope, of which those for one scope are
 * all demanded
 * @throws CountersignError POLICY_INVALID for a part that is no JSON object
 */
export function composeGatewayPolicy(base: string, rules: readonly string[]): string {
  const { default: otherwise } = openPart(base);
  const parts = rules.map(openPart);
  const images = parts.filter((part) => part["transports"] === undefined);
  const scopes = mergeScopes(parts.flatMap((part) => part["transports"] ?? []));
  const policy = {
    countersign: 1,
    default: otherwise,
    ...(scopes.size > 0 && { transports: { docker: Object.fromEntries(scopes) } }),
    ...(images.length > 0 && { images }),
  };
  return `${JSON.stringify(policy, undefined, 2)}\n`;
}

/** Requirements of several policies for one scope are one list: all of them must hold. */
function mergeScopes(parts: readonly unknown[]): ReadonlyMap<string, readonly unknown[]> {
  const merged = new Map<string, unknown[]>();
  for (const part of parts) {
    const { docker } = part as { readonly docker: Readonly<Record<string, readonly unknown[]>> };
    for (const [scope, requirements] of Object.entries(docker)) {
      merged.set(scope, [...(merged.get(scope) ?? []), ...requirements]);
    }
  }
  return new Map([...merged].sort(([a], [b]) => (a < b ? -1 : 1)));
}
