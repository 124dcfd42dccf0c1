import { exitCode, exitCodeOf } from "../exit-code.ts";
import type { Outcome } from "../report.ts";
import { type Comparison, isChanged } from "./comparison.ts";

/**
 * 1 if something changes; else 2 if evidence or keys are unusable, and 3 if an answer could not be found out: then nobody
 * knows whether it changes. 0 if nothing does.
 */
export function exitCodeForDiff(comparisons: readonly Comparison[]): number {
  if (comparisons.some(isChanged)) return exitCode.denied;
  const codes = comparisons.flatMap(({ answers }) =>
    answers === undefined ? [] : [answers.before, answers.after].map(codeOf),
  );
  return [exitCode.usage, exitCode.undecided].find((code) => codes.includes(code)) ?? exitCode.allowed;
}

function codeOf(outcome: Outcome): number {
  return outcome.decision === "undecided" ? exitCodeOf(outcome.code) : exitCode.allowed;
}
