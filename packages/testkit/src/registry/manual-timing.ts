import { cancellation } from "@countersign/sources/cancellation";
import type { Timing } from "@countersign/sources/timing";

/** Time that passes only when a test says so; waiting between attempts takes none. */
export interface ManualTiming extends Timing {
  /** how long was waited between attempts, in order, in milliseconds */
  readonly slept: readonly number[];
  /** how many deadlines are still to come */
  readonly awaited: number;
  /** Lets time pass: whatever was to happen until then happens now. */
  advance(milliseconds: number): void;
  /** Resolves once somebody waits for a deadline of exactly this many milliseconds. */
  untilAwaited(milliseconds: number): Promise<void>;
}

export function manualTiming(random = 0.5): ManualTiming {
  const alarms = new Set<{ readonly at: number; readonly delay: number; readonly fire: () => void }>();
  const watchers = new Map<number, (() => void)[]>();
  const slept: number[] = [];
  let now = Date.UTC(2026, 0, 1);
  return {
    slept,
    get awaited() {
      return alarms.size;
    },
    now: () => now,
    random: () => random,
    async sleep(milliseconds, signal) {
      if (signal.aborted) throw cancellation(signal);
      slept.push(milliseconds);
      now += milliseconds;
    },
    after(delay, fire) {
      const alarm = { at: now + delay, delay, fire };
      alarms.add(alarm);
      for (const tell of watchers.get(delay) ?? []) tell();
      return () => alarms.delete(alarm);
    },
    advance(milliseconds) {
      now += milliseconds;
      for (const alarm of [...alarms]) {
        if (alarm.at > now) continue;
        alarms.delete(alarm);
        alarm.fire();
      }
    },
    untilAwaited: (milliseconds) =>
      new Promise((resolve) => {
        if ([...alarms].some(({ delay }) => delay === milliseconds)) return resolve();
        watchers.set(milliseconds, [...(watchers.get(milliseconds) ?? []), resolve]);
      }),
  };
}
