import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type FuzzArguments, parseArguments } from "./arguments.ts";
import { targets } from "./targets.ts";

const now = 1_700_000_000_500;
const parse = (...argv: readonly string[]) => parseArguments(argv, now) as FuzzArguments;

describe("the fuzz command line", () => {
  it("means all targets for a minute, from the time, when nothing is said", () => {
    const { targets: wanted, seconds, counted, seed, output, keep, replay } = parse();
    assert.deepEqual([wanted, seconds, counted, seed], [targets, 60, false, 1_700_000_000]);
    assert.deepEqual([output, keep, replay], ["text", false, undefined]);
  });

  it("takes targets and flags in any order", () => {
    const {
      targets: wanted,
      seed,
      keep,
      counted,
    } = parse("--seed", "7", "pem", "--keep", "json", "--counted");
    assert.deepEqual([wanted.map(({ name }) => name), seed, keep, counted], [["pem", "json"], 7, true, true]);
  });

  it("gives help when asked", () => assert.equal(parseArguments(["--help"], now), "help"));

  const refused: readonly (readonly [why: string, argv: readonly string[], message: RegExp])[] = [
    ["a target that is none", ["nothing"], /^no target nothing; there are policy-reference, /],
    ["a flag that is none", ["--fast"], /--fast/],
    ["seconds that are no number", ["--seconds", "ten"], /^--seconds ten: write a whole number$/],
    ["a seed below zero", ["--seed=-1"], /^--seed -1: write a whole number$/],
    ["another output", ["--output", "xml"], /^--output xml: write text or json$/],
    ["a replay without its target", ["--replay", "x"], /^--replay: name one target$/],
    ["a replay of two targets", ["--replay", "x", "pem", "json"], /^--replay: name one target$/],
  ];
  for (const [why, argv, message] of refused) {
    it(`refuses ${why}`, () => assert.throws(() => parse(...argv), { message }));
  }
});

describe("the targets", () => {
  it("have a name each", () => assert.equal(new Set(targets.map(({ name }) => name)).size, targets.length));
});
