import { isImageScope } from "./image-scope.ts";
import { scopesAround } from "./policy-scope.ts";
import { openRule } from "./published-rule.ts";

/**
 * A file of registries.d(5) that has signatures looked for which cosign attached. Other tools read it at each pull, so that it
 * is kept small, and in lines that need no parser.
 * @param scopes as {@link attachmentScope} gives them; what others of them hold is left out
 * @param elsewhere scopes that other files speak of: what is within these is said, whatever is around
 */
export function composeRegistriesD(
  scopes: Iterable<string>,
  elsewhere: ReadonlySet<string> = new Set(),
): string {
  const known = new Set(scopes);
  const lines = outermostScopes(known, elsewhere).map(
    (scope) => `  ${JSON.stringify(scope)}:\n    ${attached}\n`,
  );
  const text = [
    ...(known.has("") ? [`default-docker:\n  ${attached}\n`] : []),
    ...(lines.length > 0 ? ["docker:\n", ...lines] : []),
  ].join("");
  return text || "\n";
}

/** Those that no other one says with it, in order; without `""`, which has no line of its own. */
export function outermostScopes(
  known: ReadonlySet<string>,
  elsewhere: ReadonlySet<string>,
): readonly string[] {
  const said = (scope: string) => nearestOf(scope, (outer) => known.has(outer) || elsewhere.has(outer));
  const isCovered = (scope: string) => {
    const outer = said(scope);
    return outer !== undefined && !elsewhere.has(outer);
  };
  return [...known].filter((scope) => scope !== "" && !isCovered(scope)).sort();
}

const attached = "use-sigstore-attachments: true";

function nearestOf(scope: string, isOne: (outer: string) => boolean): string | undefined {
  return scopesAround(scope)
    .map(([outer]) => outer)
    .find(isOne);
}

/**
 * Where registries.d says of a scope's images whether signatures are attached: an image by its digest may be one that is asked
 * for by a tag. Undefined for a scope that no image is of; `""` is every image, if it is meant.
 */
export function attachmentScope(scope: string): string | undefined {
  return scope === "" || isImageScope(scope) ? scope.replace(/@.*/s, "") : undefined;
}

/**
 * The scopes of rules that look for signatures as CRI-O does, by registries.d; requirements of the extension look for them
 * by themselves. `""` is none of them: no policy by scopes is about every image, and a node would look for signatures of
 * all images for one namespace's sake.
 * @throws CountersignError POLICY_INVALID for a part that is no rule
 */
export function attachmentScopes(rules: Iterable<string>): readonly string[] {
  return [...rules].map(openRule).flatMap((rule) => {
    if (rule.type !== "scopes" || !looksForSignatures(rule.requirements)) return [];
    return rule.scopes.flatMap((scope) => attachmentScope(scope) || []);
  });
}

/** What is refused or let in whoever signed it has no signatures looked for. */
export function looksForSignatures(requirements: readonly object[]): boolean {
  return requirements.some((one) => "type" in one && one.type === "sigstoreSigned");
}
