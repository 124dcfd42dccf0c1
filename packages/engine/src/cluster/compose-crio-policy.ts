import { CountersignError } from "../values/error.ts";
import { attachmentScope, looksForSignatures } from "./compose-registries-d.ts";
import { type CrioDemand, type CrioNote, crioDemands, isDemanding, reject } from "./crio-demand.ts";
import { demandsAround, type PartDemands } from "./demands-around.ts";
import { mergeScopes, type ScopeDemands } from "./merge-scopes.ts";
import { nearest, scopeParts } from "./policy-scope.ts";
import { openPart, openRule } from "./published-rule.ts";
import { requirementTexts } from "./requirement-texts.ts";

/** A strict containers-policy.json(5), and what of the cluster's policies it cannot say. */
export interface CrioPolicy {
  readonly text: string;
  /** where signatures have to be looked for: scopes of registries.d(5) */
  readonly scopes: readonly string[];
  readonly notes: readonly CrioNote[];
  /** characters of scopes and of what each asks: `text` is as long, but for the spaces between */
  readonly size: number;
  /** how many scopes `text` has; `scopes` are fewer, of those that look for signatures alone */
  readonly places: number;
}

/**
 * Says rules in the words that CRI-O knows. There the most specific scope applies alone, so each scope gets what all
 * rules demand that are about it. What cannot be said exactly is refused, never let in: images that some rule may be
 * about, and which cannot be told from others, too.
 * @param most that `size` may be: what one rule asks is repeated for each scope in its own, of whichever rule
 * @throws CountersignError POLICY_INVALID if it is more, before the text is made, and for a part that is no rule
 */
export function composeCrioPolicy(
  base: string,
  rules: readonly string[],
  most: number = Number.POSITIVE_INFINITY,
): CrioPolicy {
  const notes: CrioNote[] = [];
  const textOf = requirementTexts();
  const opened = rules.map(openRule);
  const demands = opened.flatMap((rule) => (rule.type === "globs" ? crioDemands(rule, notes) : []));
  const otherwise = defaultOf(openPart(base)["default"]);
  const byScope = mergeScopes(opened.flatMap((rule) => (rule.type === "scopes" ? [rule] : [])));
  const demandsOf = demandsAround(demands);
  const byPlace = Map.groupBy(demands, ({ scope }) => scope);
  const docker = new Map<string, readonly object[]>();
  let size = 0;
  for (const scope of [...new Set([...byScope.keys(), ...demands.map((one) => one.scope)])].sort()) {
    const ofScope = nearest(byScope, scope) ?? noDemands;
    const parts = scopeParts(scope).map((part) =>
      together(demandsOf(scope, part), ofScope, otherwise, textOf),
    );
    const requirements = simplified(parts.flat(), textOf);
    docker.set(scope, requirements);
    size += requirements.reduce((sum, one) => sum + textOf(one).length, scope.length);
    if (size > most) throw tooLarge(most);
    const isExact = parts.every(
      (one) =>
        one.length === requirements.length &&
        one.every((each, at) => textOf(each) === textOf(requirements[at] ?? reject)),
    );
    if (!isExact) notes.push(...notesOfMore(scope, byPlace.get(scope) ?? [], requirements.includes(reject)));
  }
  const transports = docker.size === 0 ? {} : { transports: { docker: Object.fromEntries(docker) } };
  return {
    text: `${JSON.stringify({ default: otherwise, ...transports }, undefined, 2)}\n`,
    // a policy by scopes cannot be about every image, whatever it says
    scopes: lookedForScopes(docker).filter((scope) => scope !== "" || byPlace.has("")),
    notes,
    size,
    places: docker.size,
  };
}

function lookedForScopes(docker: ReadonlyMap<string, readonly object[]>): readonly string[] {
  const signed = [...docker].filter(([, requirements]) => looksForSignatures(requirements));
  return [...new Set(signed.flatMap(([scope]) => attachmentScope(scope) ?? []))];
}

function tooLarge(most: number): CountersignError {
  return new CountersignError(
    "POLICY_INVALID",
    `repeated for each scope that they are about, which CRI-O needs, the policies come to more than ${most} characters; let them have fewer scopes and globs, or shorter keys and certificates`,
  );
}

const noDemands: ScopeDemands = { demanded: undefined, added: [] };

/** What all rules demand, by scopes and by globs, and what holds where no rule matches if none of either replaces it. */
function together(
  { requirements, replaces }: PartDemands,
  { demanded = replaces ? [] : undefined, added }: ScopeDemands,
  otherwise: readonly object[],
  textOf: (requirement: object) => string,
): readonly object[] {
  return simplified([...(demanded ?? otherwise), ...added, ...requirements], textOf);
}

/** A scope's parts cannot be told apart there: tells whoever wrote a rule for one of them. */
function notesOfMore(scope: string, demands: readonly CrioDemand[], isRefused: boolean): readonly CrioNote[] {
  const partial = demands.filter((one) => one.parts.length < scopeParts(scope).length);
  return partial.map(({ rule, glob, parts }) => {
    const [others, remedy] = parts.includes("below")
      ? [`the repository ${scope} itself`, `${glob.slice(0, -"/**".length)}@*`]
      : [`the repositories below ${scope}`, `${glob.replace(/@.*/, "")}/**`];
    const consequence = isRefused ? "all of them are refused" : "all of them must meet what holds for either";
    const message = `the glob ${glob} leaves out ${others}, which CRI-O cannot: ${consequence}; with the glob ${remedy} besides, the policy says what CRI-O can do`;
    return { rule, effect: isRefused ? "refuses" : "stricter", message };
  });
}

/** One refusal says it all, and acceptance adds nothing to a demand. */
function simplified(
  requirements: readonly object[],
  textOf: (requirement: object) => string,
): readonly object[] {
  if (requirements.some((one) => "type" in one && one.type === "reject")) return [reject];
  const demanding = requirements.filter((one) => isDemanding([one]));
  const unique = [...new Map(demanding.map((one) => [textOf(one), one])).values()];
  return unique.length > 0 ? unique : [accept];
}

const accept = { type: "insecureAcceptAnything" };

/** A default that only warns lets in. */
function defaultOf(json: unknown): readonly object[] {
  return Array.isArray(json) ? json : [accept];
}
