import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createDraw } from "@countersign/testkit/random/draw";
import { fuzz, type Watcher } from "./loop.ts";
import { mutateBytes } from "./mutate/bytes.ts";
import { maxInput, type Target } from "./target.ts";

const silent: Watcher = {
  begins: () => {},
  ends: () => {},
  found: () => {},
  rest: async () => {},
  worked: () => 0,
};

/** What a target gets to see of one seed. */
async function inputsOf(check: Target["check"], seed: number, most: number): Promise<readonly string[]> {
  const seen: string[] = [];
  const target: Target = {
    seeds: [Buffer.from("seed")],
    mutate: mutateBytes,
    check(input) {
      seen.push(Buffer.from(input).toString("hex"));
      return check(input);
    },
  };
  await fuzz(target, [Buffer.from("kept")], createDraw(seed), (inputs) => inputs >= most, silent);
  return seen;
}

describe("fuzz", () => {
  const byLength = (input: Uint8Array) => String(input.length);

  it("begins with the seeds and the corpus, as they are", async () => {
    const [first, second] = await inputsOf(byLength, 1, 10);
    assert.deepEqual(
      [first, second],
      ["seed", "kept"].map((text) => Buffer.from(text).toString("hex")),
    );
  });

  it("tries the same for the same seed, and something else for another", async () => {
    assert.deepEqual(await inputsOf(byLength, 7, 500), await inputsOf(byLength, 7, 500));
    assert.notDeepEqual(await inputsOf(byLength, 7, 500), await inputsOf(byLength, 8, 500));
  });

  it("finds its way by outcomes: a word that only its beginnings lead to", async () => {
    const word = "CAB";
    const beginning = (input: Uint8Array) => {
      const text = Buffer.from(input).toString("latin1");
      return String([...word].findIndex((_, at) => text[at] !== word[at]));
    };
    const seen = await inputsOf(beginning, 1, 60_000);
    assert.ok(seen.some((hex) => hex.startsWith(Buffer.from(word).toString("hex"))));
  });

  it("tries nothing longer than anything is read", async () => {
    const lengths = (await inputsOf(() => "same", 3, 3000)).map((hex) => hex.length / 2);
    assert.ok(Math.max(...lengths) <= maxInput);
  });

  it("goes on after a violation, and tells of each", async () => {
    const messages: string[] = [];
    const target: Target = {
      seeds: ["a", "b"].map((text) => Buffer.from(text)),
      mutate: mutateBytes,
      check: () => Promise.reject(new TypeError("no")),
    };
    const watcher: Watcher = { ...silent, found: ({ message }) => void messages.push(message) };
    await fuzz(target, [], createDraw(1), () => true, watcher);
    assert.deepEqual(messages, ["TypeError: no", "TypeError: no"]);
  });
});
