import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { weaken } from "./weakened-package.ts";

const file = "values/digest.ts";

describe("a weakened package", () => {
  it("is as it is but for what was taken out", async () => {
    using weakened = weaken("engine", [
      { file, text: "export function parseDigest(", instead: "export function weakly(" },
    ]);
    const names = Object.keys((await weakened.load(file)) as object);
    assert.ok(names.includes("weakly") && !names.includes("parseDigest"), names.join());
  });
  for (const [why, text] of [
    ["is not there", "no such check"],
    ["is there more than once", "export"],
  ] as const) {
    it(`is not made of a text that ${why}`, () =>
      assert.throws(() => weaken("engine", [{ file, text, instead: "" }]), /times, not once/));
  }
});
