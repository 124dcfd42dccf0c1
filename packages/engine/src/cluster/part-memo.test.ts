import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { digestOf } from "../values/digest.ts";
import { maxHeld, PartMemo } from "./part-memo.ts";

describe("what is remembered of parts", () => {
  it("does not grow with each edit of a large policy", () => {
    const memo = new PartMemo();
    const body = "x".repeat(512 * 1024);
    for (let edit = 0; edit < 200; edit++) {
      const text = `${edit}${body}`;
      assert.equal(memo.digestOf(text), digestOf(Buffer.from(text)));
      assert.ok(memo.held <= maxHeld);
    }
  });

  it("is no text that is too large to be held", () => {
    const memo = new PartMemo();
    memo.digestOf("x".repeat(maxHeld + 1));
    assert.equal(memo.held, 0);
  });
});
