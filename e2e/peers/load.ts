import { type Outcome, outcomeOf } from "./outcome.ts";

export interface Load {
  /** Waits until each caller has had a call, begun after this, end so. The test's time limit bounds it. */
  everyCallerSees(code: number): Promise<void>;
  stop(): Promise<readonly Outcome[]>;
}

/** Callers that each repeat their call without pause until told to stop. */
export function startLoad(calls: readonly (() => Promise<unknown>)[]): Load {
  const outcomes: Outcome[] = [];
  let stopped = false;
  let awaited = { code: -1, since: 0, missing: new Set<number>(), reached: () => {} };

  const running = calls.map(async (call, caller) => {
    while (!stopped) {
      const began = awaited.since;
      const outcome = await outcomeOf(call());
      outcomes.push(outcome);
      if (began !== awaited.since || outcome.code !== awaited.code) continue;
      awaited.missing.delete(caller);
      if (awaited.missing.size === 0) awaited.reached();
    }
  });

  return {
    everyCallerSees: (code: number): Promise<void> =>
      new Promise((reached) => {
        awaited = { code, since: awaited.since + 1, missing: new Set(calls.keys()), reached };
      }),
    stop: async (): Promise<readonly Outcome[]> => {
      stopped = true;
      await Promise.all(running);
      return outcomes;
    },
  };
}
