import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setImmediate } from "node:timers/promises";
import { externalTexts } from "./external-materials.ts";

const { signal } = new AbortController();
const moment = () => setImmediate();

describe("texts from outside the cluster", () => {
  it("are missing until they were asked for, and kept while they cannot be had again", async () => {
    let now = 0;
    let isAway = false;
    const texts = externalTexts(
      async (key) => (isAway ? Promise.reject(new Error("away")) : `of ${key}`),
      () => now,
    );
    assert.equal(texts.find("k").type, "missing");
    assert.equal(await texts.settle(signal), true);
    assert.deepEqual(texts.find("k"), { type: "found", value: "of k" });
    isAway = true;
    now += 3_600_000;
    texts.find("k");
    assert.equal(await texts.settle(signal), true);
    assert.deepEqual(texts.find("k"), { type: "found", value: "of k" });
  });

  it("keep nobody waiting who has other things to do, and tell when they come after all", async () => {
    const answers = new Map<string, (text: string) => void>();
    const texts = externalTexts(
      (key) => new Promise((resolve) => answers.set(key, resolve)),
      () => 0,
      moment,
    );
    let late = 0;
    texts.whenLate(() => late++);
    texts.find("slow");
    assert.equal(await texts.settle(signal), false);
    // it is not asked twice at a time
    texts.find("slow");
    assert.equal(texts.isAwaited, false);
    answers.get("slow")?.("text");
    await setImmediate();
    assert.deepEqual([late, texts.isAwaited], [1, true]);
    assert.equal(await texts.settle(signal), true);
    assert.deepEqual(texts.find("slow"), { type: "found", value: "text" });
  });

  it("are asked for side by side: one that hangs does not hold up another", async () => {
    const ask = (key: string) => (key === "hangs" ? new Promise<string>(() => {}) : Promise.resolve("text"));
    const texts = externalTexts(ask, () => 0, moment);
    for (const key of ["hangs", "answers"]) texts.find(key);
    assert.equal(await texts.settle(signal), true);
    assert.deepEqual(texts.find("answers"), { type: "found", value: "text" });
  });

  it("make room for new ones when very many were named, those first that nobody looks for", async () => {
    const texts = externalTexts(
      async (key) => `of ${key}`,
      () => 0,
    );
    texts.find("kept");
    await texts.settle(signal);
    for (let number = 0; number < 3000; number++) {
      texts.find(`k${number}`);
      texts.find("kept");
      if (number % 100 === 0) await texts.settle(signal);
    }
    assert.deepEqual(texts.find("kept"), { type: "found", value: "of kept" });
    texts.find("new");
    await texts.settle(signal);
    assert.deepEqual(texts.find("new"), { type: "found", value: "of new" });
  });
});
