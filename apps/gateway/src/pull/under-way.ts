import type { Gate } from "../gate.ts";

/** A gate whose unfinished decisions can be waited for, those included whose caller has left. */
export interface UnderWay {
  readonly gate: Gate;
  /** Settles when no decision is under way any more, or when `signal` aborts. */
  idle(signal: AbortSignal): Promise<void>;
}

/** Tidying up after a caller who left goes on without a connection; ending the process then would leave its traces. */
export function underWay(gate: Gate): UnderWay {
  const decisions = new Set<Promise<unknown>>();
  return {
    gate: {
      paths: gate.paths,
      ask(call) {
        const decision = gate.ask(call).finally(() => decisions.delete(decision));
        decisions.add(decision);
        return decision;
      },
    },
    async idle(signal) {
      const given = new Promise<void>((resolve) =>
        signal.aborted ? resolve() : signal.addEventListener("abort", () => resolve(), { once: true }),
      );
      await Promise.race([Promise.allSettled(decisions), given]);
    },
  };
}
