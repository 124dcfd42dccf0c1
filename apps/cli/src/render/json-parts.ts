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
      scope: policy.selection && (policy.selection.scope ?? "default"),
      tried: policy.selection?.tried,
    }
  );
}

export function requirementsJson(results: readonly RequirementResult[]) {
  return results.map(({ requirement, outcome, reason, signatures }) => ({
    type: requirement.type,
    outcome,
    reason,
    signatures,
  }));
}

/** Indented, and with null for what is not known. */
export function jsonText(value: unknown): string {
  return `${JSON.stringify(value, (_key, member) => member ?? null, 2)}\n`;
}
