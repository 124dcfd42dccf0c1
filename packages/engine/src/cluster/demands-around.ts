import type { CrioDemand } from "./crio-demand.ts";
import { isDemanding } from "./crio-demand.ts";
import { type ScopePart, scopeParts, scopesAround } from "./policy-scope.ts";
import { requirementTexts } from "./requirement-texts.ts";

/** What all rules demand of the images in a part of a scope. */
export interface PartDemands {
  /** each once, in the order of the rules */
  readonly requirements: readonly object[];
  /** whether a rule stands in place of what holds where none matches */
  readonly replaces: boolean;
}

interface Group {
  /** by their text, each with the place of the first rule that has it */
  readonly requirements: Map<string, { readonly requirement: object; readonly place: number }>;
  replaces: boolean;
}

/**
 * Finds what rules demand of any scope's part. Demands are put together once for each part that they are about: a policy
 * may have thousands, and each of its scopes would else be held against all of them.
 */
export function demandsAround(
  demands: readonly CrioDemand[],
): (scope: string, part: ScopePart) => PartDemands {
  const groups = new Map<string, Group>();
  const textOf = requirementTexts();
  for (const [place, { scope, parts, requirements, tightens }] of demands.entries()) {
    for (const part of parts) {
      const key = `${part} ${scope}`;
      const group: Group = groups.get(key) ?? { requirements: new Map(), replaces: false };
      groups.set(key, group);
      if (!tightens) group.replaces = true;
      for (const requirement of requirements.filter((one) => isDemanding([one]))) {
        const text = textOf(requirement);
        if (!group.requirements.has(text)) group.requirements.set(text, { requirement, place });
      }
    }
  }
  return (scope, part) => {
    const own = scopeParts(scope).includes(part) ? ([[scope, part]] as const) : [];
    const around = [...own, ...scopesAround(scope)].flatMap(
      ([outer, of]) => groups.get(`${of} ${outer}`) ?? [],
    );
    const found = around.flatMap(({ requirements }) => [...requirements.values()]);
    found.sort((a, b) => a.place - b.place);
    return {
      requirements: [...new Map(found.map(({ requirement }) => [textOf(requirement), requirement])).values()],
      replaces: around.some(({ replaces }) => replaces),
    };
  };
}
