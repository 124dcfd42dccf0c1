import { acceptsNoMore, changeOf, type RequirementsChange } from "./compare-requirements.ts";
import { globsInclude } from "./image-glob.ts";
import type { ImageRule, Policy, Requirements } from "./policy.ts";

/**
 * What a change does to the images that the rule of this name is about, before it or after it, all else being as it is: as
 * `compareRequirements` says it, but never `same` if the set of its globs or scopes is another one, or `tightens`, or
 * whether it warns. The order and repetition of globs do not count.
 */
export function compareRules(name: string, before: Policy, after: Policy): RequirementsChange {
  const [old, now] = [ruleOf(before, name), ruleOf(after, name)];
  const policies = [before, after];
  if (isMoved(old, now) && isAmongScopes(name, [old, now], policies)) return "changed";
  const around: Around = {
    bases: policies.flatMap(baseLists),
    others: policies.flatMap((policy) => replacingLists(policy, name)),
  };
  const change = changeOf({ adds: mayAdd(old, now, around), loses: mayAdd(now, old, around) });
  return change === "same" && !isAlike(old, now) ? "changed" : change;
}

/** What holds where the rule does not, on either side. */
interface Around {
  /** without any rule */
  readonly bases: readonly Requirements[];
  /** by other rules that stand in place of that */
  readonly others: readonly Requirements[];
}

/** Whether images may be accepted by `to` that were not by `from`: none surely is if this is false. */
function mayAdd(from: ImageRule | undefined, to: ImageRule | undefined, around: Around): boolean {
  const noMoreThanBases = (rule: ImageRule) =>
    around.bases.every((base) => acceptsNoMore(rule.requirements, base));
  if (to !== undefined && !covers(from, to) && !to.tightens && !noMoreThanBases(to)) return true;
  if (from === undefined) return false;
  const without = [...around.bases, ...around.others];
  if (!covers(to, from) && !without.every((list) => acceptsNoMore(list, from.requirements))) return true;
  if (to === undefined) return false;
  if (from.tightens && !to.tightens && !noMoreThanBases(to)) return true;
  return !acceptsNoMore(to.requirements, from.requirements);
}

/** Whether a rule is surely about every image that another one is about. */
function covers(wide: ImageRule | undefined, narrow: ImageRule): boolean {
  if (wide?.type === "globs" && narrow.type === "globs") return globsInclude(wide.globs, narrow.globs);
  if (wide?.type !== "scopes" || narrow.type !== "scopes") return false;
  return [...narrow.scopes].every((scope) => wide.scopes.has(scope));
}

/**
 * Whether other rules have scopes too. Of all of them the most specific counts alone, so that one more or less hands images
 * from one rule to another.
 */
function isAmongScopes(
  name: string,
  rules: readonly (ImageRule | undefined)[],
  policies: readonly Policy[],
): boolean {
  const others = policies.flatMap(({ images }) => images).filter((rule) => rule.name !== name);
  return [rules, others].every((some) => some.some((rule) => rule?.type === "scopes"));
}

/** Whether it may be about other images, or stand among other rules. */
function isMoved(old: ImageRule | undefined, now: ImageRule | undefined): boolean {
  return !isSameSet(old, now) || old?.tightens !== now?.tightens;
}

function isAlike(old: ImageRule | undefined, now: ImageRule | undefined): boolean {
  const warns = (rule: ImageRule | undefined) => rule?.requirements.some(({ type }) => type === "warn");
  return !isMoved(old, now) && warns(old) === warns(now);
}

function isSameSet(old: ImageRule | undefined, now: ImageRule | undefined): boolean {
  const [before, after] = [new Set(patternsOf(old)), new Set(patternsOf(now))];
  return old?.type === now?.type && before.size === after.size && [...before].every((one) => after.has(one));
}

/** A rule's globs or scopes, as they are written; none for no rule. */
export function patternsOf(rule: ImageRule | undefined): readonly string[] {
  if (rule === undefined) return [];
  return rule.type === "globs" ? rule.globs.map(({ source }) => source) : [...rule.scopes];
}

function ruleOf({ images }: Policy, name: string): ImageRule | undefined {
  return images.find((rule) => rule.name === name);
}

function baseLists({ default: otherwise, transports }: Policy): readonly Requirements[] {
  const scopes = transports.get("docker");
  return scopes?.has("") ? [...scopes.values()] : [otherwise, ...(scopes?.values() ?? [])];
}

function replacingLists({ images }: Policy, name: string): readonly Requirements[] {
  return images.filter((rule) => rule.name !== name && !rule.tightens).map((rule) => rule.requirements);
}
