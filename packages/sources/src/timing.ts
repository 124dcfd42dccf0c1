import { cancellation } from "./cancellation.ts";

/** Time as the registry client sees it: an argument, so that no test waits for a clock. */
export interface Timing {
  /** milliseconds since the epoch */
  now(): number;
  /** at least 0, less than 1; for jitter only */
  random(): number;
  /** @throws CountersignError CANCELLED or DEADLINE_EXCEEDED as soon as `signal` aborts */
  sleep(milliseconds: number, signal: AbortSignal): Promise<void>;
  /** Calls `fire` once after `milliseconds`, unless the returned function was called before. */
  after(milliseconds: number, fire: () => void): () => void;
}

export const systemTiming: Timing = {
  now: () => Date.now(),
  random: () => Math.random(),
  sleep: (milliseconds, signal) =>
    new Promise((resolve, reject) => {
      if (signal.aborted) return reject(cancellation(signal));
      const timer = setTimeout(() => {
        signal.removeEventListener("abort", stop);
        resolve();
      }, milliseconds);
      const stop = (): void => {
        clearTimeout(timer);
        reject(cancellation(signal));
      };
      signal.addEventListener("abort", stop, { once: true });
    }),
  after: (milliseconds, fire) => {
    const timer = setTimeout(fire, milliseconds);
    return () => clearTimeout(timer);
  },
};
