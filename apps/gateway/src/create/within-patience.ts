import { CountersignError } from "@countersign/engine/values/error";
import { formatReference } from "@countersign/engine/values/image-reference";
import type { Timing } from "@countersign/sources/timing";
import { warningDeadline } from "../pull/warning-deadline.ts";
import type { PresentVerifier } from "./verify-present.ts";

/**
 * Gives up when judging takes too long: the kubelet waits two minutes for CreateContainer, the runtime's own work
 * included, and then only knows that a deadline passed.
 * @param patience milliseconds
 */
export function withinPatience(
  verifier: PresentVerifier,
  patience: number,
  timing: Pick<Timing, "after">,
): PresentVerifier {
  return {
    async verify(question, signal) {
      const deadline = new AbortController();
      const late = new CountersignError(
        "DEADLINE_EXCEEDED",
        `judging ${formatReference(question.asked)} took longer than --create-verify-timeout allows`,
      );
      const called = timing.after(patience, () => deadline.abort(late));
      using warning = warningDeadline(timing, patience, late);
      try {
        const whole = AbortSignal.any([signal, deadline.signal]);
        return await verifier.verify(question, whole, AbortSignal.any([whole, warning.signal]));
      } catch (error) {
        throw deadline.signal.aborted ? late : error;
      } finally {
        called();
      }
    },
  };
}
