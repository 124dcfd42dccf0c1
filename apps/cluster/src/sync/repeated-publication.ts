import type { Timing } from "@countersign/sources/timing";
import type { PublicationSource } from "./publication-source.ts";

/**
 * A publication that is told again when nothing new came for a while, so that what somebody changed on the node is found
 * and mended.
 * @param before called before it is told again
 */
export function repeatedPublication(
  source: PublicationSource,
  everyMs: number,
  timing: Pick<Timing, "after">,
  before: () => void,
): PublicationSource {
  return {
    part: source.part,
    async *follow(signal) {
      const indexes = source.follow(signal)[Symbol.asyncIterator]();
      let last: string | undefined;
      const ask = () => {
        const next = indexes.next();
        // it may fail while what came before is still being looked at; it is awaited after that
        next.catch(() => {});
        return next;
      };
      let next = ask();
      try {
        for (;;) {
          const told = await withinPause(next);
          if (told === undefined) {
            if (last === undefined) continue;
            before();
            yield last;
            continue;
          }
          if (told.done === true) return;
          next = ask();
          last = told.value;
          yield told.value;
        }
      } finally {
        // not awaited: it waits for what was asked last, which may never come
        indexes.return?.().catch(() => {});
      }
    },
  };

  /** @returns undefined if it does not come for a while */
  async function withinPause<T>(next: Promise<T>): Promise<T | undefined> {
    let disarm = () => {};
    const pause = new Promise<undefined>((resolve) => {
      disarm = timing.after(everyMs, () => resolve(undefined));
    });
    try {
      return await Promise.race([next, pause]);
    } finally {
      disarm();
    }
  }
}
