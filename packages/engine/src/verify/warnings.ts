import type { ErrorCode } from "../values/error.ts";
import { type DenialCode, failureCode } from "./denial-code.ts";
import type { RequirementResult } from "./verdict.ts";

/** What would have kept an image out, if it did not only warn. */
export interface Warning {
  /** as of a denial, or of a failure to decide */
  readonly code: DenialCode | ErrorCode;
  readonly reason: string;
}

/** One for each requirement that only warns and did not hold, or could not be judged. */
export function warningsOf(results: readonly RequirementResult[]): readonly Warning[] {
  return results.flatMap((result): readonly Warning[] => {
    if (result.requirement.type !== "warn") return [];
    const { outcome, reason, fault } = result;
    if (outcome === "failed") return [{ code: failureCode(result), reason }];
    return fault === undefined ? [] : [{ code: fault, reason }];
  });
}
