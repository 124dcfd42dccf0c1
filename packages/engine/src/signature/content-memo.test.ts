import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { memoByContent } from "./content-memo.ts";

/** A function that counts how often it is really run. */
function counting(capacity: number) {
  let runs = 0;
  const memo = memoByContent(capacity, (bytes) => {
    runs++;
    if (bytes.length === 0) throw new Error("empty");
    return bytes.length;
  });
  return { memo, runs: () => runs };
}

describe("memoByContent", () => {
  it("runs once for equal bytes, whoever holds them", () => {
    const { memo, runs } = counting(2);
    assert.equal(memo(Buffer.from("abc")), 3);
    assert.equal(memo(Uint8Array.from(Buffer.from("abc"))), 3);
    assert.equal(runs(), 1);
  });
  it("forgets what was not used for longest", () => {
    const { memo, runs } = counting(2);
    for (const text of ["a", "b", "a", "c", "a"]) memo(Buffer.from(text));
    assert.equal(runs(), 3);
    memo(Buffer.from("b"));
    assert.equal(runs(), 4);
  });
  it("does not remember failures", () => {
    const { memo, runs } = counting(2);
    assert.throws(() => memo(Buffer.alloc(0)));
    assert.throws(() => memo(Buffer.alloc(0)));
    assert.equal(runs(), 2);
  });
  it("does not keep long inputs", () => {
    const { memo, runs } = counting(2);
    memo(Buffer.alloc(100_000));
    memo(Buffer.alloc(100_000));
    assert.equal(runs(), 2);
  });
});
