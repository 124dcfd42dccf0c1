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
      let next = indexes.next();
      for (;;) {
        let disarm = () => {};
        const pause = new Promise<undefined>((resolve) => {
          disarm = timing.after(everyMs, () => resolve(undefined));
        });
        const told = await Promise.race([next, pause]);
        disarm();
        if (told === undefined) {
          if (last === undefined) continue;
          before();
          yield last;
          continue;
        }
        if (told.done === true) return;
        next = indexes.next();
        last = told.value;
        yield told.value;
      }
    },
  };
}
