import { crioRequirements } from "./crio-requirements.ts";
import { enclosingScope, globScope } from "./glob-scope.ts";
import { openPart, openRule, type PublishedRule } from "./published-rule.ts";

/** A strict containers-policy.json(5), and what of the cluster's policies it cannot say. */
export interface CrioPolicy {
  readonly text: string;
  /** where signatures have to be looked for: scopes of registries.d(5) */
  readonly scopes: readonly string[];
  readonly notes: readonly CrioNote[];
}

export interface CrioNote {
  /** `ClusterImagePolicy signed` */
  readonly rule: string;
  readonly message: string;
}

/** What a rule demands of the images in a scope. */
interface Demand {
  readonly scope: string;
  readonly requirements: readonly object[];
  readonly tightens: boolean;
}

/**
 * Says rules in the words that CRI-O knows. There the most specific scope applies alone, so each scope gets what all
 * rules demand that are about it. What cannot be said exactly is refused, never let in: images that some rule may be
 * about, and which cannot be told from others, too.
 */
export function composeCrioPolicy(base: string, rules: readonly string[]): CrioPolicy {
  const notes: CrioNote[] = [];
  const demands = rules.map(openRule).flatMap((rule) => demandsOf(rule, notes));
  const otherwise = defaultOf(openPart(base)["default"]);
  const docker = new Map<string, readonly object[]>();
  for (const scope of [...new Set(demands.map((one) => one.scope))].sort()) {
    const about = demands.filter((one) => covers(one.scope, scope));
    const replaced = about.some(({ tightens }) => !tightens);
    const requirements = [...(replaced ? [] : otherwise), ...about.flatMap((one) => one.requirements)];
    docker.set(scope, simplified(requirements));
  }
  const transports = docker.size === 0 ? {} : { transports: { docker: Object.fromEntries(docker) } };
  return {
    text: `${JSON.stringify({ default: otherwise, ...transports }, undefined, 2)}\n`,
    scopes: [...docker.keys()],
    notes,
  };
}

const reject = { type: "reject" };

function demandsOf(rule: PublishedRule, notes: CrioNote[]): readonly Demand[] {
  if (rule.type === "scopes") {
    return [...rule.scopes].map(([scope, requirements]) => ({ scope, requirements, tightens: false }));
  }
  const { name, globs, tightens } = rule;
  const said = crioRequirements(rule.requirements, (message) => notes.push({ rule: name, message }));
  return globs.map((glob): Demand => {
    const scope = globScope(glob);
    if (scope !== undefined) return { scope, requirements: said, tightens };
    const wider = enclosingScope(glob);
    const message = `the glob ${glob} is no scope: every image below ${JSON.stringify(wider)} is refused`;
    notes.push({ rule: name, message });
    return { scope: wider, requirements: [reject], tightens: false };
  });
}

/** Whether whatever is in `inner` is in `outer`; `""` is everything. */
function covers(outer: string, inner: string): boolean {
  return outer === "" || inner === outer || inner.startsWith(`${outer}/`) || inner.startsWith(`${outer}@`);
}

/** One refusal says it all, and acceptance adds nothing to a demand. */
function simplified(requirements: readonly object[]): readonly object[] {
  if (requirements.some((one) => "type" in one && one.type === "reject")) return [reject];
  const demanding = requirements.filter((one) => "type" in one && one.type !== "insecureAcceptAnything");
  const unique = [...new Map(demanding.map((one) => [JSON.stringify(one), one])).values()];
  return unique.length > 0 ? unique : [{ type: "insecureAcceptAnything" }];
}

/** A default that only warns lets in. */
function defaultOf(json: unknown): readonly object[] {
  return Array.isArray(json) ? json : [{ type: "insecureAcceptAnything" }];
}
