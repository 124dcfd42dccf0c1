import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { BoundedCache } from "./bounded-cache.ts";

describe("BoundedCache", () => {
  it("forgets what was used least recently", () => {
    const cache = new BoundedCache<string, number>(2);
    cache.set("a", 1);
    cache.set("b", 2);
    assert.equal(cache.get("a"), 1);
    cache.set("c", 3);
    assert.deepEqual(
      ["a", "b", "c"].map((key) => cache.get(key)),
      [1, undefined, 3],
    );
  });

  it("keeps one value per key", () => {
    const cache = new BoundedCache<string, number>(2);
    cache.set("a", 1);
    cache.set("a", 2);
    cache.set("b", 3);
    assert.equal(cache.get("a"), 2);
  });

  it("sweeps what is over from its oldest end, and stops at what is not", () => {
    const cache = new BoundedCache<string, boolean>(10);
    for (const [key, isOver] of [...Array.from("abc", (key) => [key, true] as const), ["d", false] as const])
      cache.set(key, isOver);
    cache.set("e", true);
    cache.sweep((isOver) => isOver, 2);
    assert.equal(cache.size, 3);
    cache.sweep((isOver) => isOver, 2);
    assert.equal(cache.size, 2);
    assert.deepEqual([cache.get("d"), cache.get("e")], [false, true]);
  });
});
