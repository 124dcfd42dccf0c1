import { type MatchingRule, matchingRules } from "./image-rule.ts";
import type { ImageRule, Policy, Requirements } from "./policy.ts";
import type { PolicySubject } from "./policy-subject.ts";

/** Which requirements of a policy apply to an image, and how they were found. */
export interface ScopeSelection {
  readonly requirements: Requirements;
  /** the rule of `images` that each of them is of, in the same order; undefined: the scope's own */
  readonly demandedBy: readonly (string | undefined)[];
  readonly transport: string;
  /** the scope that matched, `""` the transport's default; undefined: the policy's own default */
  readonly scope: string | undefined;
  /** the scopes that were looked for in vain, most specific first: nothing in the file is of them */
  readonly tried: readonly string[];
  /** names of the rules of `images` that match, whose requirements are among these */
  readonly rules: readonly string[];
  /** the scope by which each of them matches, in the same order; undefined: by a glob */
  readonly ruleScopes: readonly (string | undefined)[];
  /** whether a rule stands in place of the scope, whose requirements are then not among these */
  readonly isReplaced: boolean;
}

/**
 * Finds the requirements for an image. Rules of `images` that match all apply; the scope does besides, unless one of them
 * stands in its place.
 */
export function selectScope(policy: Policy, subject: PolicySubject): ScopeSelection {
  const found = findScope(policy, subject);
  const { reference, transport, scopes } = subject;
  if (transport !== "docker" || reference === undefined) return found;
  const matching = matchingRules(policy.images, reference, scopes);
  const isReplaced = matching.some(({ replaces }) => replaces);
  const demands = [
    ...(isReplaced ? [] : found.requirements).map((requirement) => ({ requirement, by: undefined })),
    ...matching.flatMap(({ rule }) =>
      rule.requirements.map((requirement) => ({ requirement, by: rule.name })),
    ),
  ];
  const [first, ...others] = demands.map(({ requirement }) => requirement);
  if (first === undefined) return found;
  return {
    ...found,
    requirements: [first, ...others],
    demandedBy: demands.map(({ by }) => by),
    rules: matching.map(({ rule }) => rule.name),
    ruleScopes: matching.map(({ scope }) => scope),
    isReplaced,
    tried: triedInVain(found.tried, policy.images, matching),
  };
}

/** Without the scopes that rules have, and without those that are wider than the one that stands in their place. */
function triedInVain(
  tried: readonly string[],
  rules: readonly ImageRule[],
  matching: readonly MatchingRule[],
): readonly string[] {
  const reached = matching.find(({ replaces, scope }) => replaces && scope !== undefined)?.scope;
  const before =
    reached !== undefined && tried.includes(reached) ? tried.slice(0, tried.indexOf(reached)) : tried;
  return before.filter((scope) => !rules.some((rule) => rule.type === "scopes" && rule.scopes.has(scope)));
}

/**
 * Finds what the scopes say: its transport's scopes from the most specific on, the transport's default, then
 * the policy's. The first found applies alone; nothing is inherited.
 * Source: containers/image signature/policy_eval.go, requirementsForImageRef.
 */
function findScope(policy: Policy, { transport, scopes }: PolicySubject): ScopeSelection {
  const section = policy.transports.get(transport);
  const tried: string[] = [];
  for (const scope of [...scopes, ""]) {
    const requirements = section?.get(scope);
    if (requirements !== undefined) return { requirements, transport, scope, tried, ...noRules };
    tried.push(scope);
  }
  return { requirements: policy.default, transport, scope: undefined, tried, ...noRules };
}

const noRules = { demandedBy: [], rules: [], ruleScopes: [], isReplaced: false } as const;

/** Rules named in one line; a cluster may have hundreds that match. */
const maxNamedRules = 8;

/** What applies, in a word or two: a scope, `default`, or the rules of `images` that match. */
export function selectionName({ scope, rules, ruleScopes, isReplaced }: ScopeSelection): string {
  const base = scope ?? "default";
  if (rules.length === 0) return base;
  const more = rules.length > maxNamedRules ? ` and ${rules.length - maxNamedRules} more` : "";
  const names = rules.map((name, at) => {
    const own = ruleScopes[at];
    return own === undefined ? name : `${name} by its scope ${JSON.stringify(own)}`;
  });
  const named = `images ${names.slice(0, maxNamedRules).join(", ")}${more}`;
  return isReplaced ? named : `${base}; ${named}`;
}
