import type { Draw } from "@countersign/testkit/random/draw";
import type { GrownInput } from "./pool.ts";
import { createPool } from "./pool.ts";
import { maxInput, type Target } from "./target.ts";

/** What must hold did not, for this input. */
export interface Violation {
  readonly input: Uint8Array;
  readonly message: string;
  readonly stack: string;
}

/** What a loop has done. */
export interface Tally {
  readonly inputs: number;
  readonly outcomes: number;
  readonly slowest: { readonly milliseconds: number; readonly bytes: number };
  /** inputs that brought an outcome that neither seeds nor corpus had */
  readonly grown: readonly GrownInput[];
}

/** What a loop tells of, as it goes on. */
export interface Watcher {
  /** before the input is put to the target: should it never come back, this is what it was */
  begins(input: Uint8Array): void;
  ends(): void;
  found(violation: Violation): void;
  /** lets happen what waits for the end of this turn: a promise that nobody catches, say */
  rest(): Promise<void>;
  /** milliseconds that this thread has had of the processor: what others do on the machine does not count */
  worked(): number;
}

const restEvery = 100;

/** Where a target can tell outcomes at a glance: so often one is checked, and from then on one in so many. */
const often = 20;
const seldom = 10;

/**
 * Puts the seeds and the corpus to a target, and then what becomes of them, until it is enough. The same draw and
 * corpus bring the same inputs in the same order.
 */
export async function fuzz(
  target: Target,
  corpus: readonly Uint8Array[],
  draw: Draw,
  enough: (inputs: number) => boolean,
  watcher: Watcher,
): Promise<Tally> {
  const pool = createPool();
  let inputs = 0;
  let slowest = { milliseconds: 0, bytes: 0 };
  const glances = new Map<string, number>();
  const isStale = (input: Buffer): boolean => {
    if (target.glance === undefined) return false;
    const outcome = target.glance(input);
    const times = (glances.get(outcome) ?? 0) + 1;
    glances.set(outcome, times);
    return times > often && times % seldom !== 0;
  };
  const put = async (input: Buffer): Promise<void> => {
    inputs++;
    if (isStale(input)) return;
    const began = watcher.worked();
    watcher.begins(input);
    const checked = await check(target, input);
    watcher.ends();
    const milliseconds = watcher.worked() - began;
    if (milliseconds > slowest.milliseconds) slowest = { milliseconds, bytes: input.length };
    if (typeof checked === "string") pool.offer(input, checked);
    else watcher.found(checked);
    if (inputs % restEvery === 0) await watcher.rest();
  };
  for (const input of [...target.seeds, ...corpus]) await put(Buffer.from(input));
  pool.begin();
  while (!enough(inputs)) {
    let input = pool.one(draw);
    for (let changes = draw.one([1, 1, 1, 2, 2, 3, 5]); changes > 0; changes--) {
      input = target.mutate(draw, input, pool.one(draw)).subarray(0, maxInput);
    }
    await put(input);
  }
  await watcher.rest();
  return { inputs, outcomes: pool.outcomes, slowest, grown: pool.grown };
}

/** @returns the outcome, or what did not hold */
export async function check(target: Target, input: Uint8Array): Promise<string | Violation> {
  try {
    const outcome = target.check(input);
    return typeof outcome === "string" ? outcome : await outcome;
  } catch (caught) {
    const { name, message, stack = "" } = caught instanceof Error ? caught : new Error(String(caught));
    return { input, message: `${name}: ${message}`, stack };
  }
}
