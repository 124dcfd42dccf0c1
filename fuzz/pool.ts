import type { Draw } from "@countersign/testkit/random/draw";

/** The inputs that others are made of. */
export interface Pool {
  readonly size: number;
  /** Takes an input in when its outcome has not been seen. */
  offer(input: Buffer, outcome: string): void;
  one(draw: Draw): Buffer;
  /** how many different outcomes were seen */
  readonly outcomes: number;
  /** what was taken in for its outcome since {@link Pool.begin} */
  readonly grown: readonly GrownInput[];
  /** From now on what is taken in has grown here. */
  begin(): void;
}

export interface GrownInput {
  readonly outcome: string;
  readonly input: Uint8Array;
}

const maxInputs = 1000;
/** Half of the draws go to the last ones: a new outcome is often next to another. */
const recent = 40;
/** Long inputs make everything slow; what is new about one is seldom its length. */
const longest = 32 * 1024;
const maxOutcomes = 20_000;

export function createPool(): Pool {
  const inputs: Buffer[] = [Buffer.alloc(0)];
  const seen = new Set<string>();
  let grown: GrownInput[] = [];
  let hasBegun = false;
  return {
    get size() {
      return inputs.length;
    },
    get outcomes() {
      return seen.size;
    },
    get grown() {
      return grown;
    },
    offer(input, outcome) {
      if (seen.has(outcome) || seen.size === maxOutcomes) return;
      seen.add(outcome);
      if (input.length > longest) return;
      if (inputs.length === maxInputs) inputs.splice(seen.size % (maxInputs - recent), 1);
      inputs.push(input);
      if (hasBegun) grown.push({ outcome, input });
    },
    one(draw) {
      const from = draw.chance(0.5) ? Math.max(0, inputs.length - recent) : 0;
      return inputs[from + draw.below(inputs.length - from)] as Buffer;
    },
    begin() {
      grown = [];
      hasBegun = true;
    },
  };
}
