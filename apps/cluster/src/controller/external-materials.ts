import { setTimeout } from "node:timers/promises";
import type { Material } from "@countersign/engine/cluster/materials";
import { CountersignError } from "@countersign/engine/values/error";
import { severalAtOnce } from "../several-at-once.ts";

/** Asks the world outside the cluster for a text. @throws when it cannot be had */
export type Ask = (key: string, signal: AbortSignal) => Promise<string>;

/**
 * Texts from outside the cluster, which take time: what was not asked for yet is missing until it was. One that was had
 * once is kept while a newer one cannot be.
 */
export interface ExternalTexts {
  find(key: string): Material<string>;
  /** whether something was looked for that was not asked for yet, or has become old, or an answer came late */
  readonly isAwaited: boolean;
  /**
   * Asks for what was looked for, and waits a moment for the answers: a KMS that is away must not keep everything else from
   * being published. What comes later is told to {@link whenLate}, and taken by the next call.
   * @returns whether anything is other than before
   */
  settle(signal: AbortSignal): Promise<boolean>;
  /** Hears of answers that came after their asker had gone on. */
  whenLate(listener: () => void): void;
}

/** Of a kind that nobody is there to be asked for. */
export function noExternalTexts(why: (key: string) => string): ExternalTexts {
  return {
    find: (key) => ({ type: "missing", why: why(key) }),
    isAwaited: false,
    settle: async () => false,
    whenLate() {},
  };
}

/** A key in a KMS may be replaced; what failed may have been an outage. */
const freshForMs = 3_600_000;
const retryAfterMs = 60_000;
/** More than any cluster's policies name; whoever was looked for longest ago makes room. */
const maxTexts = 1000;
const momentMs = 1_000;

interface Known {
  readonly text: string | undefined;
  readonly why: string;
  readonly askAgainAt: number;
}

/** @param moment how long {@link ExternalTexts.settle} waits for answers */
export function externalTexts(
  ask: Ask,
  now: () => number,
  moment: () => Promise<unknown> = () => setTimeout(momentMs, undefined, { ref: false }),
): ExternalTexts {
  const known = new Map<string, Known>();
  const wanted = new Set<string>();
  const underWay = new Set<string>();
  let isNews = false;
  let isLate = () => {};

  async function askFor(key: string, signal: AbortSignal): Promise<void> {
    const asked = await ask(key, signal).then(
      (text): Known => ({ text, why: "", askAgainAt: now() + freshForMs }),
      (error): Known => ({
        text: known.get(key)?.text,
        why: CountersignError.from(error).message,
        askAgainAt: now() + retryAfterMs,
      }),
    );
    underWay.delete(key);
    const before = known.get(key);
    keep(key, asked);
    if (before === undefined || asked.text !== before.text || asked.why !== before.why) isNews = true;
  }

  function keep(key: string, value: Known): void {
    known.delete(key);
    known.set(key, value);
    const [oldest] = known.keys();
    if (known.size > maxTexts && oldest !== undefined) known.delete(oldest);
  }

  return {
    find(key) {
      const found = known.get(key);
      if (found !== undefined) keep(key, found);
      const isDue = found === undefined || now() >= found.askAgainAt;
      if (isDue && !underWay.has(key) && wanted.size < maxTexts) wanted.add(key);
      if (found?.text !== undefined) return { type: "found", value: found.text };
      return { type: "missing", why: found?.why ?? `${key} was not asked for yet` };
    },
    get isAwaited() {
      return isNews || wanted.size > 0;
    },
    async settle(signal) {
      const keys = [...wanted];
      wanted.clear();
      for (const key of keys) underWay.add(key);
      let isWaiting = true;
      const asking = severalAtOnce(keys, (key) => askFor(key, signal)).then(() => {
        if (!isWaiting && isNews) isLate();
      });
      await Promise.race([asking, moment()]);
      isWaiting = false;
      const wasNews = isNews;
      isNews = false;
      return wasNews;
    },
    whenLate(listener) {
      isLate = listener;
    },
  };
}
