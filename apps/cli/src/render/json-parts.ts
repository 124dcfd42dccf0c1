import type { Requirement } from "@countersign/engine/policy/policy";
import { selectionName } from "@countersign/engine/policy/select-scope";
import type { AuthorityResult, RequirementResult } from "@countersign/engine/verify/verdict";
import { warningsOf } from "@countersign/engine/verify/warnings";
import type { Outcome, PolicyInForce } from "../report.ts";

/** What the JSON of several commands says in the same way. */

export function outcomeJson(outcome: Outcome) {
  return {
    decision: outcome.decision,
    code: outcome.decision === "allowed" ? "" : outcome.code,
    message: outcome.decision === "allowed" ? "" : outcome.message,
  };
}

export function policyJson(policy: PolicyInForce | undefined) {
  return (
    policy && {
      file: policy.file,
      because: policy.because,
      transport: policy.selection?.transport,
      scope: policy.selection && selectionName(policy.selection),
      tried: policy.selection?.tried,
      rules: policy.selection?.rules,
    }
  );
}

/** What is required, and whether it keeps an image out. */
export function headJson(requirement: Requirement) {
  return requirement.type === "warn"
    ? { type: requirement.requirement.type, mode: "warn" }
    : { type: requirement.type, mode: "enforce" };
}

/** `code` where it could not be judged; `authorities` and `alternatives` where it is made of such. */
export function requirementsJson(results: readonly RequirementResult[]): readonly object[] {
  return results.map(({ requirement, outcome, reason, fault, signatures, authorities, alternatives }) => ({
    ...headJson(requirement),
    outcome,
    ...(fault === undefined ? {} : { code: fault }),
    reason,
    signatures,
    ...(authorities.length === 0 ? {} : { authorities: authorities.map(authorityJson) }),
    ...(alternatives.length === 0 ? {} : { alternatives: alternatives.map(requirementsJson) }),
  }));
}

function authorityJson({ authority, outcome, reason, fault, signatures, attestations }: AuthorityResult) {
  return {
    name: authority.name,
    type: authority.type,
    outcome,
    ...(fault === undefined ? {} : { code: fault }),
    reason,
    signatures,
    attestations: attestations.map(({ demand: { name, predicateType }, ...rest }) => ({
      name,
      predicateType,
      ...rest,
    })),
  };
}

/** What would have kept the image out, if it did not only warn. */
export function warningsJson(results: readonly RequirementResult[]) {
  return warningsOf(results).map(({ code, reason }) => ({ code, message: reason }));
}

/** Indented, and with null for what is not known. */
export function jsonText(value: unknown): string {
  return `${JSON.stringify(value, (_key, member) => member ?? null, 2)}\n`;
}
