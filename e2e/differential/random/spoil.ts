import type { Draw } from "@countersign/testkit/random/draw";

const tokens = [
  ...[
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    '"',
    "\\",
    "\\u0000",
    "\\ud800",
    "0",
    "1e400",
    "-",
    ".",
    "null",
    "true",
    "{}",
    "[]",
  ],
  ...[" ", "\n", "\t", "\0", "\ufeff", "é", "=", "*", "/", "-----", "MII", "sha256:", '"x":1,', "//"],
] as [string, ...string[]];

/** The same with one to three accidents: something put in, left out, doubled or changed. */
export function spoilt(draw: Draw, bytes: Uint8Array): Buffer {
  let spoilt = Buffer.from(bytes);
  for (const _ of Array.from({ length: 1 + draw.below(3) })) {
    const at = draw.below(spoilt.length + 1);
    const end = Math.min(spoilt.length, at + 1 + draw.below(8));
    const [before, cut, after] = [spoilt.subarray(0, at), spoilt.subarray(at, end), spoilt.subarray(end)];
    spoilt = Buffer.concat(
      draw.one([
        [before, Buffer.from(draw.one(tokens)), cut, after],
        [before, Buffer.from(draw.one(tokens)), after],
        [before, after],
        [before, cut, cut, after],
        [before, Buffer.from([draw.below(256)]), cut.subarray(1), after],
        [before],
      ]),
    );
  }
  return spoilt;
}
