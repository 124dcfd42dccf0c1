import type { CompiledRule } from "@countersign/engine/cluster/compiled-rule";
import { keyOfIdentity } from "./rule-book.ts";

/** So many publications of one namespace's policies come at once; after them, one in this time. */
export const paceBurst = 5;
export const paceMs = 60_000;

/** For the author of a policy that waits. */
export const whyDelayed = `the policies of this namespace, or what they refer to, were changed more than ${paceBurst} times in a short while: nodes are told of them once in ${paceMs / 1000} s now, as they are by then, and have them meanwhile as they were`;

/** What of a cluster's rules is to be published just now. */
export interface PacedRules {
  readonly rules: readonly CompiledRule[];
  /** namespaces of whose policies nodes are told later: what they are told meanwhile, as they were */
  readonly delayed: ReadonlyMap<string, readonly CompiledRule[]>;
  /** when the first of them may be published, by the clock; undefined: nothing waits */
  readonly dueAt: number | undefined;
  /** Notes that it was published. */
  published(): void;
}

/**
 * How often each namespace's policies may be other than before. A publication is fetched by every node, and whoever may write
 * policies in one namespace can have one by each edit: what comes too often waits for its turn, and is published then as it is by
 * then. Others do not wait, and policies of the whole cluster never do; nor does what a namespace gets that has nothing in force.
 *
 * A namespace that is deleted and made again begins anew. Who may do that has a publication by each namespace anyhow.
 */
export interface NamespacePace {
  /** Takes over what is published, by whomever. */
  adopt(rules: Iterable<CompiledRule>): void;
  /** @param present name → UID of the namespaces that there are: what is in force in others costs nobody anything */
  choose(rules: readonly CompiledRule[], present: ReadonlyMap<string, string>): PacedRules;
}

/** @param now milliseconds, of a clock that nobody sets */
export function namespacePace(now: () => number): NamespacePace {
  let inForce: ReadonlyMap<string, readonly CompiledRule[]> = new Map();
  /** when a bucket has its whole burst again; of those that had some of it */
  const restedAt = new Map<string, number>();

  const mayGoAt = (bucket: string): number =>
    (restedAt.get(bucket) ?? Number.NEGATIVE_INFINITY) - (paceBurst - 1) * paceMs;

  return {
    adopt(rules) {
      inForce = byNamespace(rules);
    },
    choose(rules, present) {
      const at = now();
      const wanted = byNamespace(rules);
      const next = new Map(wanted);
      const moved: string[] = [];
      const delayed = new Map<string, readonly CompiledRule[]>();
      let dueAt: number | undefined;
      for (const namespace of new Set([...wanted.keys(), ...inForce.keys()])) {
        const before = inForce.get(namespace) ?? none;
        const after = wanted.get(namespace) ?? none;
        const uid = present.get(namespace);
        if (uid === undefined || areSame(after, before)) continue;
        const bucket = bucketOf(uid, before, after);
        const goesAt = mayGoAt(bucket);
        // from nothing to something only ever tightens; the removals between are counted, so this has an end
        if (goesAt <= at || before.length === 0) {
          moved.push(bucket);
          continue;
        }
        next.set(namespace, before);
        delayed.set(namespace, before);
        dueAt = Math.min(dueAt ?? goesAt, goesAt);
      }
      const forAll = rules.filter(({ identity }) => identity.namespace === undefined);
      return {
        rules: delayed.size === 0 ? rules : [...forAll, ...[...next.values()].flat()],
        delayed,
        dueAt,
        published() {
          inForce = next;
          for (const [bucket, rested] of restedAt) if (rested <= at) restedAt.delete(bucket);
          for (const bucket of moved) {
            const rested = Math.max(restedAt.get(bucket) ?? at, at) + paceMs;
            // however much went at once: what comes next waits for one turn, and not for more
            restedAt.set(bucket, Math.min(rested, at + paceBurst * paceMs));
          }
        },
      };
    },
  };
}

const none: readonly CompiledRule[] = [];

/**
 * What the author of a namespace's policies spends by edits is not lacking when a TrustRoot or a Secret changes. Those have a
 * bucket too: whoever answers for a URL that a policy names could change what is compiled by each answer, and a policy that is
 * deleted and made again has the first generation once more.
 */
function bucketOf(uid: string, before: readonly CompiledRule[], after: readonly CompiledRule[]): string {
  const editions = (rules: readonly CompiledRule[]) =>
    rules.map(({ identity }) => `${keyOfIdentity(identity)} ${identity.generation}`).sort();
  const areEdited = editions(before).join("\n") !== editions(after).join("\n");
  return `${areEdited ? "edits" : "materials"} ${uid}`;
}

function byNamespace(rules: Iterable<CompiledRule>): ReadonlyMap<string, readonly CompiledRule[]> {
  const lists = new Map<string, CompiledRule[]>();
  for (const rule of rules) {
    const { namespace } = rule.identity;
    if (namespace === undefined) continue;
    const list = lists.get(namespace) ?? [];
    lists.set(namespace, list);
    list.push(rule);
  }
  return lists;
}

/** In whatever order: what nodes are told is ordered by name, and a rule's text has its name. */
function areSame(a: readonly CompiledRule[], b: readonly CompiledRule[]): boolean {
  if (a.length !== b.length) return false;
  if (a.every((rule, at) => rule.text === b[at]?.text)) return true;
  const texts = new Set(b.map(({ text }) => text));
  return a.every(({ text }) => texts.has(text));
}
