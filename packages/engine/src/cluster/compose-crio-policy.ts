import { type CrioDemand, type CrioNote, crioDemands, isAround, isDemanding, reject } from "./crio-demand.ts";
import { type ScopePart, scopeParts } from "./glob-scope.ts";
import { openPart, openRule } from "./published-rule.ts";

/** A strict containers-policy.json(5), and what of the cluster's policies it cannot say. */
export interface CrioPolicy {
  readonly text: string;
  /** where signatures have to be looked for: scopes of registries.d(5) */
  readonly scopes: readonly string[];
  readonly notes: readonly CrioNote[];
}

/**
 * Says rules in the words that CRI-O knows. There the most specific scope applies alone, so each scope gets what all
 * rules demand that are about it. What cannot be said exactly is refused, never let in: images that some rule may be
 * about, and which cannot be told from others, too.
 */
export function composeCrioPolicy(base: string, rules: readonly string[]): CrioPolicy {
  const notes: CrioNote[] = [];
  const demands = rules.map(openRule).flatMap((rule) => crioDemands(rule, notes));
  const otherwise = defaultOf(openPart(base)["default"]);
  const docker = new Map<string, readonly object[]>();
  for (const scope of [...new Set(demands.map((one) => one.scope))].sort()) {
    const parts = scopeParts(scope).map((part) => partDemand(scope, part, demands, otherwise));
    const requirements = simplified(parts.flatMap((one) => one.requirements));
    docker.set(scope, requirements);
    notes.push(...parts.flatMap((part) => notesOfMore(scope, part, requirements)));
  }
  const transports = docker.size === 0 ? {} : { transports: { docker: Object.fromEntries(docker) } };
  return {
    text: `${JSON.stringify({ default: otherwise, ...transports }, undefined, 2)}\n`,
    scopes: [...docker.keys()],
    notes,
  };
}

interface PartDemand {
  readonly about: readonly CrioDemand[];
  readonly requirements: readonly object[];
}

/** What all rules demand of a part of a scope; what holds where no rule matches if none replaces it. */
function partDemand(
  scope: string,
  part: ScopePart,
  demands: readonly CrioDemand[],
  otherwise: readonly object[],
): PartDemand {
  const about = demands.filter((one) =>
    one.scope === scope ? one.parts.includes(part) : isAround(one, scope),
  );
  const replaced = about.some(({ tightens }) => !tightens);
  const requirements = simplified([
    ...(replaced ? [] : otherwise),
    ...about.flatMap((one) => one.requirements),
  ]);
  return { about, requirements };
}

/** A scope's parts cannot be told apart there: tells whoever wrote a rule for one of them what the other adds. */
function notesOfMore(scope: string, part: PartDemand, all: readonly object[]): readonly CrioNote[] {
  if (JSON.stringify(part.requirements) === JSON.stringify(all)) return [];
  const isRefused = all.includes(reject);
  return part.about
    .filter((one) => one.scope === scope && one.parts.length < scopeParts(scope).length)
    .map(({ rule, glob, parts }) => {
      const [others, remedy] = parts.includes("below")
        ? [`the repository ${scope} itself`, `${glob.slice(0, -"/**".length)}@*`]
        : [`the repositories below ${scope}`, `${glob.replace(/@.*/, "")}/**`];
      const consequence = isRefused
        ? "all of them are refused"
        : "all of them must meet what holds for either";
      const message = `the glob ${glob} leaves out ${others}, which CRI-O cannot: ${consequence}; with the glob ${remedy} besides, the policy says what CRI-O can do`;
      return { rule, effect: isRefused ? "refuses" : "stricter", message };
    });
}

/** One refusal says it all, and acceptance adds nothing to a demand. */
function simplified(requirements: readonly object[]): readonly object[] {
  if (requirements.some((one) => "type" in one && one.type === "reject")) return [reject];
  const demanding = requirements.filter((one) => isDemanding([one]));
  const unique = [...new Map(demanding.map((one) => [JSON.stringify(one), one])).values()];
  return unique.length > 0 ? unique : [{ type: "insecureAcceptAnything" }];
}

/** A default that only warns lets in. */
function defaultOf(json: unknown): readonly object[] {
  return Array.isArray(json) ? json : [{ type: "insecureAcceptAnything" }];
}
