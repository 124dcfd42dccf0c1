import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { referrersMemory } from "./referrers-memory.ts";

describe("referrersMemory", () => {
  it("remembers for five minutes, and only what it was told", () => {
    let now = 0;
    const memory = referrersMemory(() => now);
    assert.equal(memory.listsNone("a"), false);
    memory.keep("a");
    now = 299_999;
    assert.deepEqual(["a", "b"].map(memory.listsNone), [true, false]);
    now = 300_000;
    assert.equal(memory.listsNone("a"), false);
  });

  it("remembers a thousand, the last ones", () => {
    const memory = referrersMemory(() => 0);
    for (let n = 0; n <= 1000; n++) memory.keep(`${n}`);
    assert.deepEqual(["0", "1", "1000"].map(memory.listsNone), [false, true, true]);
  });
});
