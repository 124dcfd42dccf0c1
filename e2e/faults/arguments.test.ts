import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type FaultArguments, parseArguments } from "./arguments.ts";
import { misfortunes } from "./misfortunes/all.ts";

const now = 1_700_000_000_500;
const parse = (...argv: readonly string[]) => parseArguments(argv, now) as FaultArguments;

describe("the command line of faults", () => {
  it("means everything for a minute, from the time, when nothing is said", () => {
    const { misfortunes: wanted, seconds, steps, seed } = parse();
    assert.deepEqual([wanted, seconds, steps, seed], [misfortunes, 60, undefined, 1_700_000_000]);
  });

  it("counts steps from the first", () => assert.deepEqual(parse("--count", "3").steps, [0, 1, 2]));

  it("takes steps by their numbers", () => assert.deepEqual(parse("--steps", "11,2").steps, [11, 2]));

  it("gives help when asked", () => assert.equal(parseArguments(["--help"], now), "help"));

  const refused: readonly (readonly [why: string, argv: readonly string[], message: RegExp])[] = [
    ["a misfortune that is none", ["rain"], /rain/],
    ["a flag that is none", ["--counted"], /--counted/],
    ["no steps", ["--count", "0"], /^--count 0: write a whole number from 1 to 99999$/],
    ["more steps than anybody plays", ["--count", "100000"], /^--count 100000: write a whole number from/],
    ["seconds that are no number", ["--seconds", "ten"], /^--seconds ten: write a whole number$/],
    [
      "a count that is to end by the clock",
      ["--count", "3", "--seconds", "5"],
      /^--seconds and --count: write/,
    ],
    [
      "a count of certain steps",
      ["--count", "3", "--steps", "1"],
      /^--count and --steps: write one of them$/,
    ],
    ["another output", ["--output", "xml"], /^--output xml: write text or json$/],
  ];
  for (const [why, argv, message] of refused) {
    it(`refuses ${why}`, () => assert.throws(() => parse(...argv), { message }));
  }
});
