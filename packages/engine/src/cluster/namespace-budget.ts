import type { CompiledRule, Shortcoming } from "./compiled-rule.ts";
import { openRule } from "./published-rule.ts";

/**
 * What the policies of one namespace may come to together. Whoever may write policies in a namespace has every node fetch and
 * keep them, and has the nodes of his pods match each image with them: that must not be at the expense of all others.
 */
const most = {
  rules: 64,
  /** characters of compiled rules */
  text: 2 * 1024 * 1024,
  /** characters of globs or scopes: matching an image takes time in proportion */
  patterns: 32 * 1024,
} as const;

/** Which namespaces have more policies of their own than are enforced, and why that is too much. */
export function overfullNamespaces(rules: Iterable<CompiledRule>): ReadonlyMap<string, string> {
  const spent = new Map<string, { rules: number; text: number; patterns: number }>();
  for (const rule of rules) {
    const { namespace } = rule.identity;
    if (namespace === undefined) continue;
    const sum = spent.get(namespace) ?? { rules: 0, text: 0, patterns: 0 };
    spent.set(namespace, sum);
    sum.rules++;
    sum.text += rule.text.length;
    sum.patterns += patternLength(rule);
  }
  const overfull = new Map<string, string>();
  for (const [namespace, sum] of spent) {
    const excess = (["rules", "text", "patterns"] as const).find((what) => sum[what] > most[what]);
    if (excess === undefined) continue;
    const told = { rules: "policies", text: "characters once compiled", patterns: "characters of globs" }[
      excess
    ];
    overfull.set(
      namespace,
      `the policies of namespace ${namespace} have ${sum[excess]} ${told} together, and ${most[excess]} are enforced: all its images are refused until there are fewer`,
    );
  }
  return overfull;
}

/** What that makes of a policy of a namespace: nothing, unless its namespace is one of them. */
export function excessOf(
  overfull: ReadonlyMap<string, string>,
  namespace: string | undefined,
): readonly Shortcoming[] {
  const message = overfull.get(namespace ?? "");
  return message === undefined ? [] : [{ path: "", effect: "refuses", message }];
}

/** In place of the policies of a namespace that has too many: a rule under which none of its images runs. */
export function overfullRule(namespace: string): string {
  return JSON.stringify({
    name: `ImagePolicies of ${namespace}, more than are enforced`,
    globs: ["**"],
    tightens: true,
    requirements: [{ type: "reject" }],
  });
}

/** of rules, which stay the same from one publication to the next */
const lengths = new WeakMap<CompiledRule, number>();

function patternLength(rule: CompiledRule): number {
  const known = lengths.get(rule);
  if (known !== undefined) return known;
  const opened = openRule(rule.text);
  const patterns = opened.type === "globs" ? opened.globs : opened.scopes;
  const length = patterns.reduce((sum, pattern) => sum + pattern.length, 0);
  lengths.set(rule, length);
  return length;
}
