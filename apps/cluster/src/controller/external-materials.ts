import type { Material } from "@countersign/engine/cluster/materials";
import { CountersignError } from "@countersign/engine/values/error";

/** Asks the world outside the cluster for a text. @throws when it cannot be had */
export type Ask = (key: string, signal: AbortSignal) => Promise<string>;

/**
 * Texts from outside the cluster, which take time: what was not asked for yet is missing until it was. One that was had
 * once is kept while a newer one cannot be.
 */
export interface ExternalTexts {
  find(key: string): Material<string>;
  /** whether something was looked for that was not asked for yet, or has become old */
  readonly isAwaited: boolean;
  /** Asks for what was looked for. @returns whether anything is other than before */
  settle(signal: AbortSignal): Promise<boolean>;
}

/** Of a kind that nobody is there to be asked for. */
export function noExternalTexts(why: (key: string) => string): ExternalTexts {
  return { find: (key) => ({ type: "missing", why: why(key) }), isAwaited: false, settle: async () => false };
}

/** A key in a KMS may be replaced; what failed may have been an outage. */
const freshForMs = 3_600_000;
const retryAfterMs = 60_000;
/** More than any cluster's policies name. */
const maxTexts = 1000;

interface Known {
  readonly text: string | undefined;
  readonly why: string;
  readonly askAgainAt: number;
}

export function externalTexts(ask: Ask, now: () => number): ExternalTexts {
  const known = new Map<string, Known>();
  const wanted = new Set<string>();

  async function askFor(key: string, signal: AbortSignal): Promise<boolean> {
    const before = known.get(key);
    const asked = await ask(key, signal).then(
      (text): Known => ({ text, why: "", askAgainAt: now() + freshForMs }),
      (error): Known => ({
        text: before?.text,
        why: CountersignError.from(error).message,
        askAgainAt: now() + retryAfterMs,
      }),
    );
    known.set(key, asked);
    return before === undefined || asked.text !== before.text || asked.why !== before.why;
  }

  return {
    find(key) {
      const found = known.get(key);
      if (found === undefined && known.size >= maxTexts) {
        return { type: "missing", why: `policies name more than ${maxTexts} texts outside the cluster` };
      }
      if (found === undefined || now() >= found.askAgainAt) wanted.add(key);
      if (found?.text !== undefined) return { type: "found", value: found.text };
      return { type: "missing", why: found?.why ?? `${key} was not asked for yet` };
    },
    get isAwaited() {
      return wanted.size > 0;
    },
    async settle(signal) {
      const keys = [...wanted];
      wanted.clear();
      let isOther = false;
      for (const key of keys) if (await askFor(key, signal)) isOther = true;
      return isOther;
    },
  };
}
