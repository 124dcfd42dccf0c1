import { performance } from "node:perf_hooks";

/** Does something once, awaited, and says how many milliseconds the part that counts took. */
export type Contestant = () => Promise<number>;

/**
 * Lets contestants run in turn, a round being one run of each, so that a machine whose speed drifts slows all of them.
 * Who begins changes from round to round: what one leaves behind (a warm cache, garbage) must not always favour the
 * same.
 * @returns the measured times of each, in the order of the contestants
 */
export async function inTurn(
  contestants: readonly Contestant[],
  rounds: number,
  warmUps: number,
): Promise<readonly (readonly number[])[]> {
  const times = contestants.map((): number[] => []);
  for (let round = -warmUps; round < rounds; round++) {
    for (let turn = 0; turn < contestants.length; turn++) {
      const at = (turn + round + warmUps) % contestants.length;
      const took = await contestants[at]?.();
      if (round >= 0 && took !== undefined) times[at]?.push(took);
    }
  }
  return times;
}

/** Milliseconds that something took. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}
