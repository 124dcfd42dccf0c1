import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { minimise } from "./minimise.ts";

const always = () => true;
const holding = (needed: string) => async (candidate: Uint8Array) => {
  let at = 0;
  for (const byte of candidate) if (byte === needed.charCodeAt(at)) at++;
  return at === needed.length;
};

describe("minimise", () => {
  it("leaves what is needed, in its order, and nothing else", async () => {
    const letters = fc.string({ unit: fc.constantFrom("a", "b", "c"), maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(
        letters,
        letters,
        letters,
        fc.constantFrom("ab", "ba", "abc", "aaa"),
        async (x, y, z, needed) => {
          const [first = "", second = "", ...rest] = needed;
          const input = Buffer.from(`${x}${first}${y}${second}${rest.join("")}${z}`);
          const small = await minimise(input, holding(needed), always);
          assert.equal(Buffer.from(small).toString(), needed);
        },
      ),
    );
  });

  it("leaves nothing of what needs nothing", async () => {
    assert.equal((await minimise(Buffer.from("abc"), async () => true, always)).length, 0);
  });

  it("gives what it has when it is told to stop", async () => {
    const input = Buffer.alloc(100);
    assert.deepEqual(
      await minimise(
        input,
        async () => true,
        () => false,
      ),
      input,
    );
  });
});
