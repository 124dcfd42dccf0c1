import { type CrioPolicy, composeCrioPolicy } from "./compose-crio-policy.ts";

/**
 * Characters that a namespace's own policies may add to CRI-O's file for it. Lists have to be merged there, so that a
 * tenant's demands are repeated for each scope of the cluster's that they hold; a node keeps such a file for each namespace.
 */
export const mostAdded: number = 4 * 1024 * 1024;

/**
 * The policy for CRI-O in a namespace with policies of its own.
 * @param shared what holds in all namespaces, composed of `rules`
 * @param own the namespace's
 * @throws CountersignError POLICY_INVALID if they add more than they may, or cannot be composed: no image is to run there
 */
export function composeCrioNamespace(
  shared: Pick<CrioPolicy, "size">,
  base: string,
  rules: readonly string[],
  own: readonly string[],
): CrioPolicy {
  return composeCrioPolicy(base, [...rules, ...own], shared.size + mostAdded);
}
