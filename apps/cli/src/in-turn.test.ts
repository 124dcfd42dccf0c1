import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { inTurn } from "./in-turn.ts";

describe("inTurn", () => {
  it("gives each item's result in order, and never works on more at once", () =>
    fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        fc.array(fc.nat()),
        fc.integer({ min: 1, max: 5 }),
        async (s, items, atOnce) => {
          let open = 0;
          let most = 0;
          const done = inTurn(items, atOnce, async (item) => {
            most = Math.max(most, ++open);
            await s.schedule(Promise.resolve());
            open--;
            return item * 2;
          });
          assert.deepEqual(
            await s.waitFor(done),
            items.map((item) => item * 2),
          );
          assert.ok(most <= atOnce);
          assert.equal(most, Math.min(atOnce, items.length), "as many as may be");
        },
      ),
    ));

  it("ends with the failure of its work", () =>
    assert.rejects(
      inTurn([1, 2, 3], 2, (item) => (item === 2 ? Promise.reject(new Error("two")) : Promise.resolve(item))),
      /two/,
    ));
});
