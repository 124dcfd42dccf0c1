import { setImmediate } from "node:timers/promises";
import type { Timing } from "@countersign/sources/timing";

/** Time that passes only when a test says so, alarm by alarm, and lets each have its consequences. */
export interface StagedTime extends Pick<Timing, "now" | "after" | "random"> {
  pass(milliseconds: number): Promise<void>;
  /** Lets what is under way come as far as it can without time passing. */
  settle(): Promise<void>;
}

export function stagedTime(start = 1_000_000): StagedTime {
  const alarms = new Set<{ readonly at: number; readonly fire: () => void }>();
  let now = start;

  async function settle(): Promise<void> {
    for (let turn = 0; turn < 20; turn++) await setImmediate();
  }

  return {
    now: () => now,
    random: () => 0,
    after(milliseconds, fire) {
      const alarm = { at: now + Math.max(milliseconds, 0), fire };
      alarms.add(alarm);
      return () => alarms.delete(alarm);
    },
    settle,
    async pass(milliseconds) {
      await settle();
      const end = now + milliseconds;
      for (;;) {
        const [next] = [...alarms].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at);
        if (next === undefined) break;
        alarms.delete(next);
        now = Math.max(now, next.at);
        next.fire();
        await settle();
      }
      now = end;
      await settle();
    },
  };
}
