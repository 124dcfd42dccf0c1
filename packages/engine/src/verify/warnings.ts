import type { ScopeSelection } from "../policy/select-scope.ts";
import type { ErrorCode } from "../values/error.ts";
import { type DenialCode, failureCode } from "./denial-code.ts";
import type { RequirementResult } from "./verdict.ts";

/** What would have kept an image out, if it did not only warn. */
export interface Warning {
  /** as of a denial, or of a failure to decide */
  readonly code: DenialCode | ErrorCode;
  readonly reason: string;
  /** the rule of the policy's `images` that warns; undefined if a scope does, or nobody asked */
  readonly rule?: string | undefined;
}

/** One for each requirement that only warns and did not hold, or could not be judged. */
export function warningsOf(results: readonly RequirementResult[]): readonly Warning[] {
  return results.flatMap(warningOf);
}

/** The same, each with the rule of `images` that it is of. */
export function warningsByRule(
  results: readonly RequirementResult[],
  { demandedBy }: Pick<ScopeSelection, "demandedBy">,
): readonly Warning[] {
  return results.flatMap((result, at) =>
    warningOf(result).map((warning) => ({ ...warning, rule: demandedBy[at] })),
  );
}

function warningOf(result: RequirementResult): readonly Warning[] {
  if (result.requirement.type !== "warn") return [];
  const { outcome, reason, fault } = result;
  if (outcome === "failed") return [{ code: failureCode(result), reason }];
  return fault === undefined ? [] : [{ code: fault, reason }];
}
