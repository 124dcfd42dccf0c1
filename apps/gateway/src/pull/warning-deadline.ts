import type { CountersignError } from "@countersign/engine/values/error";
import type { Timing } from "@countersign/sources/timing";

/**
 * When nothing more is waited for that only leads to warnings: half of the patience that there is for the decision, so
 * that nobody's image is late for the sake of a warning.
 * @param patience milliseconds
 * @param late what is told then
 */
export function warningDeadline(
  timing: Pick<Timing, "after">,
  patience: number,
  late: CountersignError,
): { readonly signal: AbortSignal } & Disposable {
  const deadline = new AbortController();
  const called = timing.after(patience / 2, () => deadline.abort(late));
  return { signal: deadline.signal, [Symbol.dispose]: called };
}
