import type { PolicySet } from "@countersign/engine/cluster/publication";
import { CountersignError } from "@countersign/engine/values/error";

/** A policy file under which no image runs; containers/image reads it as well as the gateway. */
export const refuseAll = `${JSON.stringify({ default: [{ type: "reject" }] }, undefined, 2)}\n`;

/** What a namespace's own policies, together with those for all, come to. */
export interface NamespaceFile<T> {
  readonly own: readonly string[];
  /** why they are no policy together; the namespace's images are refused then */
  readonly outcome: T | CountersignError;
}

/**
 * Composes the files of namespaces, those again whose parts are other than last time: a thousand namespaces are composed
 * anew when a policy for all changes, and one when one of its own does. One namespace's policies cannot keep others from
 * being written.
 */
export function namespaceFiles<T>(
  compose: (base: string, rules: readonly string[], own: readonly string[]) => Promise<T>,
) {
  let shared: readonly string[] = [];
  let known = new Map<string, NamespaceFile<T>>();

  return async ({ base, rules, namespaces }: PolicySet): Promise<ReadonlyMap<string, NamespaceFile<T>>> => {
    const isSame = areSame(shared, [base, ...rules]);
    const files = new Map<string, NamespaceFile<T>>();
    for (const [name, own] of namespaces) {
      if (own.length === 0) continue;
      const before = isSame ? known.get(name) : undefined;
      if (before !== undefined && areSame(before.own, own)) files.set(name, before);
      else {
        const outcome = await compose(base, rules, own).catch((e) => CountersignError.from(e));
        files.set(name, { own, outcome });
      }
    }
    shared = [base, ...rules];
    known = files;
    return files;
  };
}

function areSame(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((text, at) => text === b[at]);
}
