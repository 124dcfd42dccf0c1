import { type CrioPolicy, composeCrioPolicy } from "./compose-crio-policy.ts";

/**
 * Characters that CRI-O's file for all namespaces may have, as much as a gateway reads of one. CRI-O reads it at each pull, and a
 * policy that names ten thousand scopes has whatever else is asked of all images repeated ten thousand times.
 */
export const mostForAll: number = 16 * 1024 * 1024;

/**
 * The policy for CRI-O in namespaces without policies of their own.
 * @param rules of the whole cluster
 * @throws CountersignError POLICY_INVALID if it is longer than it may be: a node keeps what it has
 */
export function composeCrioForAll(base: string, rules: readonly string[]): CrioPolicy {
  return composeCrioPolicy(base, rules, mostForAll);
}
