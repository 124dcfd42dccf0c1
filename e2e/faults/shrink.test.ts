import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { shrink } from "./shrink.ts";

describe("shrink", () => {
  /** Fails when all of these are played, the failing one last. */
  const needing =
    (...needed: readonly number[]) =>
    async (steps: readonly number[]) =>
      needed.every((step) => steps.includes(step)) && steps.at(-1) === 9;
  const all = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];

  it("gives the failing step alone when it fails alone", async () =>
    assert.deepEqual(await shrink(all, needing(9), 1), [9]));

  it("gives the steps before it that it needs, in their order", async () =>
    assert.deepEqual(await shrink(all, needing(2, 7), 1), [2, 7, 9]));

  it("gives nothing when it does not happen again", async () =>
    assert.equal(await shrink(all, async () => false, 2), undefined));

  it("tries as often as it is told what happens now and then only", async () => {
    let tries = 0;
    assert.deepEqual(await shrink([9], async () => ++tries === 3, 3), [9]);
  });
});
