import type { Violation } from "../faults/violation.ts";
import { growthIn } from "./figures.ts";
import type { SoakReport } from "./report.ts";

/** For each question that was decided: misfortunes are short, and a soak in which little was decided shows nothing. */
const mostUndecided = 0.5;
/** Seconds after which somebody who never reads must have been let go, on a machine that has much else to do. */
const latestGoing = 120;
/** Descriptors that connections take which are kept for the next time. */
const kept = 8;

/** What the figures of a soak have against the gateway, beside decisions that were wrong. */
export function shortcomings(
  report: Pick<SoakReport, "answers" | "course" | "idleBefore" | "idleAfter" | "letGo" | "stillThere">,
): readonly Violation[] {
  const { answers, course, idleBefore, idleAfter, letGo, stillThere } = report;
  const found: Violation[] = growthIn(course).map((message) => ({ kind: "leaked", message }));
  if (idleAfter.descriptors > idleBefore.descriptors + kept) {
    const message = `${idleAfter.descriptors} descriptors after, ${idleBefore.descriptors} before`;
    found.push({ kind: "leaked", message });
  }
  const longest = Math.max(stillThere, ...letGo);
  if (longest > latestGoing)
    found.push({
      kind: "leaked",
      message: `a caller that never reads was kept for ${Math.round(longest)} s`,
    });
  const { ok = 0, refused = 0, ...others } = answers;
  const undecided = Object.values(others).reduce((sum, count) => sum + count, 0);
  if (undecided >= (ok + refused) * mostUndecided) {
    const message = `${undecided} questions were not decided, and ${ok + refused} were`;
    found.push({ kind: "did not recover", message });
  }
  return found;
}
