import type { Policy, Requirements } from "./policy.ts";
import type { PolicySubject } from "./policy-subject.ts";

/** Which requirements of a policy apply to an image, and how they were found. */
export interface ScopeSelection {
  readonly requirements: Requirements;
  readonly transport: string;
  /** the scope that matched, `""` the transport's default; undefined: the policy's own default */
  readonly scope: string | undefined;
  /** the scopes that were looked for in vain, most specific first */
  readonly tried: readonly string[];
}

/**
 * Finds the requirements for an image: its transport's scopes from the most specific on, the transport's default, then
 * the policy's. The first found applies alone; nothing is inherited.
 * Source: containers/image signature/policy_eval.go, requirementsForImageRef.
 */
export function selectScope(policy: Policy, { transport, scopes }: PolicySubject): ScopeSelection {
  const section = policy.transports.get(transport);
  const tried: string[] = [];
  for (const scope of [...scopes, ""]) {
    const requirements = section?.get(scope);
    if (requirements !== undefined) return { requirements, transport, scope, tried };
    tried.push(scope);
  }
  return { requirements: policy.default, transport, scope: undefined, tried };
}
