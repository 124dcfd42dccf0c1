import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { patternSize } from "./pattern-size.ts";

describe("patternSize counts", () => {
  const rows: ReadonlyArray<readonly [what: string, pattern: string, least: number, most: number]> = [
    ["characters", "abc", 3, 3],
    ["a class as one, whatever it holds", "[a-z\\]0-9[:alpha:]-]", 1, 1],
    ["a class that begins with its own end", "[]a]b", 2, 2],
    ["an escape as one", "\\pL\\d", 2, 3],
    ["a named class as one", "\\p{Greek}", 1, 1],
    ["all of a quoted run", "\\Q{9}(\\E", 8, 8],
    ["a repetition as often as it may come", "a{2,5}", 5, 8],
    ["an open repetition", "a{4,}", 4, 6],
    ["what no repetition is", "a{,5}b{x}", 8, 9],
    ["a repeated group", "(?:ab){10}", 20, 80],
    ["what repetitions in one another come to", "((a{100}){100}){100}", 1_000_000, 2_000_000],
    ["a repetition of what is before flags", "a{12,}(?i){12,}", 144, 300],
    ["a repetition of a loop before flags", "(?:a{3,9})*(?i){12,}", 108, 300],
    ["flags as nothing", "a(?i)b(?-s)c(?i-m)d", 4, 4],
    ["a quoted run that is repeated", "(?:\\Qabcd\\E){100}", 400, 2000],
    ["a repetition of nothing", "a{0}", 1, 3],
  ];
  for (const [what, pattern, least, most] of rows) {
    it(what, () => {
      const size = patternSize(pattern) ?? 0;
      assert.ok(size >= least && size <= most, `${size}`);
    });
  }
  for (const pattern of ["(a", "a)", "(a))(b"]) {
    it(`nothing of ${pattern}`, () => assert.equal(patternSize(pattern), undefined));
  }
});
