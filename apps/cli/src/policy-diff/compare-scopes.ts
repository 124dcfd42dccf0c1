import { compareRules, patternsOf } from "@countersign/engine/policy/compare-rules";
import { holdingFor } from "@countersign/engine/policy/lint/parent-scopes";
import type { ImageRule, Policy } from "@countersign/engine/policy/policy";
import type { Namespace } from "@countersign/gateway/policy/namespace";
import type { ChosenPolicy } from "../policies-in-force.ts";
import { type ComparedSide, type Comparison, compareSides } from "./comparison.ts";
import type { PolicyPair } from "./policy-pair.ts";

/**
 * Compares two policies without any image: by what holds for the images of each scope that one of them names, and for
 * all others.
 * @throws CountersignError as choosing or reading a policy does
 */
export async function compareScopes(
  { before, after }: PolicyPair,
  namespace: Namespace | undefined,
): Promise<readonly Comparison[]> {
  const [old, now] = [await before(namespace), await after(namespace)];
  if (old?.policy.digest === now?.policy.digest) return [];
  const compare = (
    subject: string,
    sideOf: (chosen: ChosenPolicy) => ComparedSide | undefined,
  ): Comparison => {
    const sides = compareSides(old && sideOf(old), now && sideOf(now));
    return { type: "scope", subject, namespace, ...sides, answers: undefined };
  };
  return [
    compare("all other images", defaultSide),
    ...scopesOf(old?.policy, now?.policy).map(([transport, scope]) =>
      compare(scopeName(transport, scope), (chosen) => scopeSide(chosen, transport, scope)),
    ),
    ...rulesOf(old?.policy, now?.policy).map((name): Comparison => {
      const subject = `images that ${name} is about`;
      const sides = compare(subject, (chosen) => ruleSide(chosen, name, chosen === old ? now : old));
      if (old === undefined || now === undefined) return sides;
      return { ...sides, requirements: compareRules(name, old.policy, now.policy) };
    }),
  ];
}

function rulesOf(...policies: readonly (Policy | undefined)[]): readonly string[] {
  return [...new Set(policies.flatMap((policy) => policy?.images ?? []).map(({ name }) => name))].sort(
    byText,
  );
}

/** A policy without the rule has its default for them, as far as can be told without knowing the images. */
function ruleSide(chosen: ChosenPolicy, name: string, other: ChosenPolicy | undefined): ComparedSide {
  const { file, policy } = chosen;
  const rule = policy.images.find((one) => one.name === name);
  if (rule === undefined) return { ...defaultSide(chosen), applies: "without this rule its default" };
  const base = rule.tightens ? policy.default : [];
  const [first, ...others] = [...base, ...rule.requirements];
  const requirements = first === undefined ? rule.requirements : ([first, ...others] as const);
  const patterns = patternsInWords(
    rule,
    other?.policy.images.find((one) => one.name === name),
  );
  const besides = rule.tightens ? ", besides what holds without it" : "";
  return { file, applies: `rule ${name} for ${patterns}${besides}`, requirements };
}

/** Globs or scopes that are named in one line. */
const maxPatterns = 8;

/** Those that the other side does not have come first, so that the change is never among those that are left out. */
function patternsInWords(rule: ImageRule, other: ImageRule | undefined): string {
  const [own, theirs] = [[...new Set(patternsOf(rule))], new Set(patternsOf(other))];
  const sorted = [...own.filter((one) => !theirs.has(one)), ...own.filter((one) => theirs.has(one))];
  const more = sorted.length > maxPatterns ? ` and ${sorted.length - maxPatterns} more` : "";
  return `${sorted.slice(0, maxPatterns).join(" ")}${more}`;
}

type NamedScope = readonly [transport: string, scope: string];

function scopesOf(...policies: readonly (Policy | undefined)[]): readonly NamedScope[] {
  const named = new Map<string, NamedScope>();
  for (const policy of policies) {
    for (const [transport, scopes] of policy?.transports ?? []) {
      for (const scope of scopes.keys()) named.set(JSON.stringify([transport, scope]), [transport, scope]);
    }
  }
  return [...named.values()].sort(([a, x], [b, y]) => byText(a, b) || byText(x, y));
}

function scopeName(transport: string, scope: string): string {
  return scope === "" ? `all other images of ${transport}` : `${transport} ${JSON.stringify(scope)}`;
}

function defaultSide({ file, policy }: ChosenPolicy): ComparedSide {
  return { file, applies: "its default", requirements: policy.default };
}

/** Undefined for a scope that a policy does not have, where it is not known which one stands above it. */
function scopeSide(
  { file, policy }: ChosenPolicy,
  transport: string,
  scope: string,
): ComparedSide | undefined {
  const isThere = policy.transports.get(transport)?.has(scope);
  if (transport === "containers-storage" && !isThere && scope !== "") return undefined;
  const { name, requirements } = holdingFor(policy, transport, scope);
  return { file, applies: name, requirements };
}

function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
