import { whyNothingMatches } from "../policy/image-glob.ts";
import type { Shortcoming } from "./compiled-rule.ts";
import { crioRequirements } from "./crio-requirements.ts";
import { enclosingScope, globScope } from "./glob-scope.ts";
import { type ScopePart, scopeParts } from "./policy-scope.ts";
import type { PublishedRule } from "./published-rule.ts";

export interface CrioNote {
  /** `ClusterImagePolicy signed` */
  readonly rule: string;
  readonly effect: Shortcoming["effect"];
  readonly message: string;
}

/** What a rule demands of the images in some parts of a scope. */
export interface CrioDemand {
  readonly rule: string;
  /** as the rule writes it */
  readonly glob: string;
  readonly scope: string;
  readonly parts: readonly ScopePart[];
  readonly requirements: readonly object[];
  readonly tightens: boolean;
}

type GlobRule = Extract<PublishedRule, { readonly type: "globs" }>;

export const reject = { type: "reject" };

/** What a rule demands where. A glob that is no scope refuses all it may be about. */
export function crioDemands(rule: GlobRule, notes: CrioNote[]): readonly CrioDemand[] {
  const { name, globs, tightens } = rule;
  const requirements = crioRequirements(rule.requirements, (effect, message) => {
    notes.push({ rule: name, effect, message });
  });
  return globs.flatMap((glob): readonly CrioDemand[] => {
    if (whyNothingMatches(glob) !== undefined) return [];
    const exact = globScope(glob);
    if (exact === undefined) {
      const scope = enclosingScope(glob);
      const message = `the glob ${glob} is no scope: every image below ${JSON.stringify(scope)} is refused`;
      notes.push({ rule: name, effect: "refuses", message });
      return [{ rule: name, glob, scope, parts: scopeParts(scope), requirements: [reject], tightens: false }];
    }
    const demand = { rule: name, glob, requirements, tightens };
    const [repository = "", digest] = exact.scope.split("@");
    const itself = { ...demand, scope: exact.scope, parts: exact.matches };
    if (digest === undefined) return [itself];
    // an image asked for by a tag may be the one of that digest: it must meet both, and is let in by neither alone
    if (isDemanding(requirements)) {
      const message = `the glob ${glob} is about one image, which CRI-O cannot tell from others when they are asked for by a tag: all of ${repository} and below it must meet the policy besides`;
      notes.push({ rule: name, effect: "stricter", message });
    }
    return [itself, { ...demand, scope: repository, parts: ["itself"], tightens: true }];
  });
}

export function isDemanding(requirements: readonly object[]): boolean {
  return requirements.some((one) => "type" in one && one.type !== "insecureAcceptAnything");
}
