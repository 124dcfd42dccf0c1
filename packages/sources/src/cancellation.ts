import { CountersignError } from "@countersign/engine/values/error";

/** Why an aborted signal aborted: the caller's own error, its deadline, or its loss of interest. Go's words. */
export function cancellation(signal: AbortSignal): CountersignError {
  const reason: unknown = signal.reason;
  if (reason instanceof CountersignError) return reason;
  const options = { cause: reason };
  return reason instanceof DOMException && reason.name === "TimeoutError"
    ? new CountersignError("DEADLINE_EXCEEDED", "context deadline exceeded", options)
    : new CountersignError("CANCELLED", "context canceled", options);
}

/** @throws CountersignError CANCELLED or DEADLINE_EXCEEDED once `signal` aborted */
export function refuseIfCancelled(signal: AbortSignal): void {
  if (signal.aborted) throw cancellation(signal);
}
