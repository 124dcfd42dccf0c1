import { openRule } from "./published-rule.ts";

/**
 * A file of registries.d(5) that has signatures looked for which cosign attached, for the images that policies are about.
 * @param scopes of containers-policy.json(5); `""` is every image
 */
export function composeRegistriesD(scopes: Iterable<string>): string {
  const known = new Set([...scopes].map((scope) => scope.replace(/@.*/, "")));
  const lines = [...known]
    .filter((scope) => scope !== "")
    .sort()
    .map((scope) => `  ${JSON.stringify(scope)}: {use-sigstore-attachments: true}`);
  const everywhere = known.has("") ? ["default-docker: {use-sigstore-attachments: true}"] : [];
  return `${[...everywhere, ...(lines.length > 0 ? ["docker:", ...lines] : [])].join("\n")}\n`;
}

/**
 * The scopes of rules that look for signatures as CRI-O does, by registries.d; requirements of the extension look for them
 * by themselves.
 * @throws CountersignError POLICY_INVALID for a part that is no rule
 */
export function attachmentScopes(rules: Iterable<string>): readonly string[] {
  return [...rules].map(openRule).flatMap((rule) => (rule.type === "scopes" ? rule.scopes : []));
}
