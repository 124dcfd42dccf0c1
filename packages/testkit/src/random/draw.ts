/** Choices that depend on a seed alone. */
export interface Draw {
  /** a whole number from 0 up to, not including, `limit` */
  below(limit: number): number;
  chance(probability: number): boolean;
  one<T>(of: readonly [T, ...T[]]): T;
  /** at least `least` and at most `most` of them, in any order, the same one perhaps more than once */
  several<T>(of: readonly [T, ...T[]], least: number, most: number): readonly T[];
}

/** @param seed a whole number; equal seeds draw equally (mulberry32) */
export function createDraw(seed: number): Draw {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (limit: number): number => Math.floor(next() * limit);
  const one = <T>(of: readonly [T, ...T[]]): T => of[below(of.length)] ?? of[0];
  return {
    below,
    chance: (probability) => next() < probability,
    one,
    several: (of, least, most) => Array.from({ length: least + below(most - least + 1) }, () => one(of)),
  };
}
