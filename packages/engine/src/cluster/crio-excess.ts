import { CountersignError } from "../values/error.ts";
import type { CrioPolicy } from "./compose-crio-policy.ts";
import { composeCrioForAll } from "./crio-for-all.ts";
import { composeCrioNamespace, mostAdded } from "./crio-namespace.ts";
import type { PolicySet } from "./publication.ts";
import { openRule } from "./published-rule.ts";

/** What policies come to for CRI-O. */
export interface CrioExcess {
  /** where signatures are looked for, of policies for all; or why these are too much */
  readonly forAll: readonly string[] | CountersignError;
  /** namespaces whose policies are too much, and why; not counted while those for all are */
  readonly namespaces: ReadonlyMap<string, string>;
}

interface Counted {
  readonly own: readonly string[];
  /** why the namespace's images are refused; undefined: they are not for that */
  readonly excess: string | undefined;
}

/**
 * Finds namespaces whose policies come to more for CRI-O than they may, and says why. A namespace that is as it was last time
 * is not counted again, and few need more than a look at how long their policies are: there may be ten thousand.
 */
export function crioExcesses(): (set: PolicySet) => CrioExcess {
  let before: readonly string[] = [];
  let shared: CrioPolicy | CountersignError | undefined;
  let known = new Map<string, Counted>();

  return ({ base, rules, namespaces }) => {
    const now = [base, ...rules];
    if (!areSame(before, now)) [shared, known] = [undefined, new Map()];
    before = now;
    shared ??= forAll(base, rules);
    if (shared instanceof CountersignError) return { forAll: shared, namespaces: new Map() };
    const counted = new Map<string, Counted>();
    for (const [name, own] of namespaces) {
      if (own.length === 0) continue;
      const last = known.get(name);
      if (last !== undefined && areSame(last.own, own)) counted.set(name, last);
      else counted.set(name, { own, excess: excessOf(shared, base, rules, own) });
    }
    known = counted;
    const excessive = [...counted].flatMap(([name, { excess }]) =>
      excess === undefined ? [] : [[name, excess] as const],
    );
    return { forAll: shared.scopes, namespaces: new Map(excessive) };
  };
}

function forAll(base: string, rules: readonly string[]): CrioPolicy | CountersignError {
  try {
    return composeCrioForAll(base, rules);
  } catch (caught) {
    return CountersignError.from(caught);
  }
}

function excessOf(
  shared: CrioPolicy,
  base: string,
  rules: readonly string[],
  own: readonly string[],
): string | undefined {
  if (mayAdd(shared, own) <= mostAdded) return undefined;
  try {
    composeCrioNamespace(shared, base, rules, own);
    return undefined;
  } catch (caught) {
    return `${CountersignError.from(caught).message}: until then every image of the namespace is refused`;
  }
}

/** No less than policies add: all of them in each scope, and all that holds for all in each of their own. */
function mayAdd({ size, places: shared }: CrioPolicy, own: readonly string[]): number {
  const opened = own.map(openRule);
  const patterns = opened.flatMap((rule) => (rule.type === "globs" ? rule.globs : rule.scopes));
  // a glob with a digest is about its repository besides
  const places = 2 * patterns.length;
  const demands = own.reduce((sum, text) => sum + text.length + wording, 0);
  return (shared + places) * demands + places * (size + wording);
}

/** Characters in which CRI-O's words for a requirement, or for the default, may be longer than ours. */
const wording = 256;

function areSame(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((text, at) => text === b[at]);
}
