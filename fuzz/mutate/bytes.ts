import type { Draw } from "@countersign/testkit/random/draw";
import { drawRange, type Mutate } from "./mutate.ts";

/** Bytes that readers of any format trip over: signs, lengths, ends, and what is no UTF-8. */
const awkward: readonly [string, ...string[]] = [
  ...(["00", "01", "7f", "80", "ff", "fe", "20", "09", "0a", "0d", "0d0a", "5c", "22", "27"] as const),
  ...["7fffffff", "80000000", "ffffffff", "0000", "ffff", "ffffffffffffffff", "8000000000000000"],
  // a byte order mark; an overlong slash; half a surrogate pair; cut short; beyond Unicode; a line separator
  ...["efbbbf", "c0af", "eda080", "e282", "f4908080", "e280a8", "c2a0", "cc81", "f09f9880", "feff", "fffe"],
];

/** Accidents that happen to any bytes: flipped, lost, doubled, repeated for ever, put together with others. */
export const mutateBytes: Mutate = (draw, input, other) => draw.one(mutations)(draw, input, other);

const mutations: readonly [Mutate, ...Mutate[]] = [
  flip,
  put,
  put,
  lose,
  double,
  move,
  truncate,
  splice,
  repeat,
];

function flip(draw: Draw, input: Buffer): Buffer {
  const flipped = Buffer.from(input);
  if (flipped.length === 0) return flipped;
  const at = draw.below(flipped.length);
  const byte = flipped[at] as number;
  flipped[at] =
    draw.one([byte ^ (1 << draw.below(8)), byte + 1, byte - 1, draw.below(256), byte ^ 0x20]) & 0xff;
  return flipped;
}

function put(draw: Draw, input: Buffer): Buffer {
  const piece = draw.chance(0.7) ? Buffer.from(draw.one(awkward), "hex") : Buffer.of(draw.below(256));
  const [start, end] = drawRange(draw, input.length, piece.length);
  return Buffer.concat([input.subarray(0, start), piece, input.subarray(draw.chance(0.5) ? start : end)]);
}

function lose(draw: Draw, input: Buffer): Buffer {
  const [start, end] = drawRange(draw, input.length, draw.one([1, 4, 32, input.length]));
  return Buffer.concat([input.subarray(0, start), input.subarray(end)]);
}

function double(draw: Draw, input: Buffer): Buffer {
  const [start, end] = drawRange(draw, input.length, draw.one([1, 4, 32, input.length]));
  return Buffer.concat([input.subarray(0, end), input.subarray(start)]);
}

function move(draw: Draw, input: Buffer): Buffer {
  const [start, end] = drawRange(draw, input.length, 64);
  const rest = Buffer.concat([input.subarray(0, start), input.subarray(end)]);
  const to = draw.below(rest.length + 1);
  return Buffer.concat([rest.subarray(0, to), input.subarray(start, end), rest.subarray(to)]);
}

function truncate(draw: Draw, input: Buffer): Buffer {
  const [start, end] = drawRange(draw, input.length);
  return draw.chance(0.7) ? input.subarray(0, start) : input.subarray(end);
}

function splice(draw: Draw, input: Buffer, other: Buffer): Buffer {
  const [from, to] = drawRange(draw, other.length);
  const [start, end] = drawRange(draw, input.length);
  return Buffer.concat([input.subarray(0, start), other.subarray(from, to), input.subarray(end)]);
}

/** What takes a reader quadratic or exponential time shows only when there is much of it. */
function repeat(draw: Draw, input: Buffer): Buffer {
  if (draw.chance(0.8)) return double(draw, input);
  const [start, end] = drawRange(draw, input.length, 16);
  const piece = input.subarray(start, end);
  const times = draw.one([10, 100, 1000, 1000, 20_000, 100_000]);
  return Buffer.concat([
    input.subarray(0, start),
    ...Array.from({ length: piece.length === 0 ? 0 : times }, () => piece),
    input.subarray(draw.chance(0.8) ? end : input.length),
  ]);
}
