import type { Requirement } from "@countersign/engine/policy/policy";
import { selectionName } from "@countersign/engine/policy/select-scope";
import type { RequirementResult } from "@countersign/engine/verify/verdict";
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

export function requirementsJson(results: readonly RequirementResult[]) {
  return results.map(({ requirement, outcome, reason, signatures }) => ({
    ...headJson(requirement),
    outcome,
    reason,
    signatures,
  }));
}

/** Indented, and with null for what is not known. */
export function jsonText(value: unknown): string {
  return `${JSON.stringify(value, (_key, member) => member ?? null, 2)}\n`;
}
