import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { CountersignError } from "@countersign/engine/values/error";
import { cancellation } from "./cancellation.ts";
import { systemTiming } from "./timing.ts";

describe("cancellation", () => {
  const own = new CountersignError("TAG_MOVED", "it moved");
  const rows: readonly (readonly [why: string, reason: unknown, code: string, message: string])[] = [
    ["a caller that lost interest", undefined, "CANCELLED", "context canceled"],
    ["a caller with reasons of its own", new Error("mine"), "CANCELLED", "context canceled"],
    [
      "a deadline",
      new DOMException("late", "TimeoutError"),
      "DEADLINE_EXCEEDED",
      "context deadline exceeded",
    ],
    ["a caller that says it in our terms", own, "TAG_MOVED", "it moved"],
  ];
  for (const [why, reason, code, message] of rows) {
    it(`of ${why}`, () => {
      const error = cancellation(AbortSignal.abort(reason));
      assert.deepEqual([error.code, error.message], [code, message]);
    });
  }
});

describe("systemTiming.sleep", () => {
  it("ends after a while", () => systemTiming.sleep(1, new AbortController().signal));
  it("ends at once when the caller is gone already", () =>
    assert.rejects(systemTiming.sleep(1e9, AbortSignal.abort()), { code: "CANCELLED" }));
  it("ends when the caller goes", async () => {
    const caller = new AbortController();
    const slept = systemTiming.sleep(1e9, caller.signal);
    caller.abort();
    await assert.rejects(slept, { code: "CANCELLED" });
  });
});
