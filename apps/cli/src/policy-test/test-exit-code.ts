import { exitCode, exitCodeOf } from "../exit-code.ts";
import type { Outcome } from "../report.ts";

/** What is said first: that something written is wrong; then that the answer is another; then that nobody knows. */
const gravest = [exitCode.usage, exitCode.denied, exitCode.undecided] as const;

/**
 * 0 if all is as expected, 1 if an answer is another, 2 if policies or recorded evidence are unusable, 3 if it could not
 * be found out. An undecided outcome that was expected is none of these.
 */
export function exitCodeForTest(
  results: readonly {
    readonly difference: string | undefined;
    readonly judged: { readonly outcome: Outcome };
  }[],
): number {
  const unexpected = results.filter(({ difference }) => difference !== undefined);
  const codes = new Set(unexpected.map(({ judged }) => codeOf(judged.outcome)));
  return gravest.find((code) => codes.has(code)) ?? exitCode.allowed;
}

function codeOf(outcome: Outcome): number {
  return outcome.decision === "undecided" ? exitCodeOf(outcome.code) : exitCode.denied;
}
