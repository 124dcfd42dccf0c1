import { setTimeout } from "node:timers/promises";

/** Waits before something is tried again. */
export interface Patience {
  /** @param failures in a row, from 0; @param least milliseconds that the other side asked for */
  pause(failures: number, least: number | undefined, signal: AbortSignal): Promise<void>;
}

const shortestMs = 200;
const longestMs = 30_000;

/**
 * Twice as long each time, and a random part of it: five thousand nodes that lost one API server must not come back
 * together.
 * @param random between 0 and 1
 */
export function backoffMs(failures: number, least: number | undefined, random: number): number {
  const most = Math.min(shortestMs * 2 ** Math.min(failures, 30), longestMs);
  return Math.max(least ?? 0, Math.min(most, shortestMs)) + random * most;
}

/** Real time, and chance. */
export const systemPatience: Patience = {
  async pause(failures, least, signal) {
    await setTimeout(backoffMs(failures, least, Math.random()), undefined, { signal }).catch(() => {});
  },
};
