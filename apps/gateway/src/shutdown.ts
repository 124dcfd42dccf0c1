/** Where a process hears that it should end; `process` is one. */
export interface StopSignals {
  once(signal: "SIGTERM" | "SIGINT", listener: () => void): unknown;
  off(signal: "SIGTERM" | "SIGINT", listener: () => void): unknown;
}

/**
 * Fires at the first SIGTERM or SIGINT. From then on both have their usual effect again, so that the second one ends a
 * process that drains for too long.
 */
export function stopSignal(signals: StopSignals): AbortSignal {
  const stop = new AbortController();
  const onSignal = () => {
    signals.off("SIGTERM", onSignal);
    signals.off("SIGINT", onSignal);
    stop.abort();
  };
  signals.once("SIGTERM", onSignal);
  signals.once("SIGINT", onSignal);
  return stop.signal;
}
