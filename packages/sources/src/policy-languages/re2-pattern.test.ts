import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { RE2JS } from "@bufbuild/re2";
import { patternSize } from "@countersign/engine/policy/extension/pattern-size";
import fc from "fast-check";
import { re2Pattern } from "./re2-pattern.ts";

describe("a pattern", () => {
  const rows: ReadonlyArray<
    readonly [what: string, pattern: string, text: string, whole: boolean, part: boolean]
  > = [
    ["matches a text", "https://github\\.com/acme/.+", "https://github.com/acme/app", true, true],
    ["does not match one that goes on", "a@b\\.c", "a@b.c.evil", false, true],
    ["does not match one that begins before", "a@b", "aa@b", false, true],
    ["matches as much as it has to", "a|ab", "ab", true, true],
    ["is anchored as a whole, not by its alternatives", "a|b", "bc", false, true],
    ["knows inline flags", "(?i)ABC", "abc", true, true],
    ["ends at the end, not before a last line end", "a$", "a\n", false, false],
    ["stays on its line", "a.*", "a\nb", false, true],
    ["matches characters beyond 16 bits", ".", "😀", true, true],
    ["matches nothing", "", "", true, true],
    ["does not match what is too long", "a*", "a".repeat(4097), false, false],
  ];
  for (const [what, source, text, whole, part] of rows) {
    it(what, () => {
      assert.equal(re2Pattern(source, true).matches(text), whole);
      assert.equal(re2Pattern(source, false).matches(text), part);
    });
  }

  for (const source of ["(", "a**", "\\1", "(?=a)", "(?<!a)b", "a{1001}", "[z-a]", "\\p{Klingon}"]) {
    it(`cannot be ${source}`, () =>
      assert.throws(() => re2Pattern(source, true), { code: "POLICY_INVALID" }));
  }

  it("takes time that grows with the text, not with its powers", () => {
    const text = "a".repeat(4000);
    assert.equal(re2Pattern("(a*)*b", true).matches(text), false);
    assert.equal(re2Pattern("(a|aa)+c", true).matches(text), false);
  });
});

const piece = fc.constantFrom(
  ...[
    "a",
    ".",
    "[a-z]",
    "[^]]",
    "\\d",
    "\\pL",
    "\\Qa(b\\E",
    "(",
    ")",
    "(?:",
    "(?i)",
    "|",
    "*",
    "+?",
    "?",
    "{2}",
  ],
  ...["{3,9}", "{12,}", "{1000}", "{,3}", "{", "^", "$", "\\b", "[[:alpha:]]"],
);

describe("patternSize", () => {
  it("is never less than what a pattern is compiled to", () => {
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const source = pieces.join("");
        const size = patternSize(source);
        fc.pre(size === undefined || size <= 10_000);
        let steps: number;
        try {
          steps = RE2JS.compile(source).re2().prog.numInst();
        } catch {
          return; // it does not get so far
        }
        assert.ok(size !== undefined);
        // each step may need another to get there, and there is a beginning and an end
        assert.ok(steps <= 2 * size + 8, `${source}: ${steps} steps, and ${size} were counted`);
      }),
      { numRuns: 3000 },
    );
  });
});
