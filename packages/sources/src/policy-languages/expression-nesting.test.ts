import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { expressionNesting } from "./expression-nesting.ts";

describe("expressionNesting counts", () => {
  const rows: ReadonlyArray<readonly [what: string, source: string, depth: number, brackets: number]> = [
    ["nothing", "a.b == c", 0, 0],
    ["brackets of all kinds", "f([{1: 2}])", 3, 3],
    ["what stands side by side", "f(a) + g(b)", 1, 2],
    ["what is not closed", "[[[", 3, 3],
    ["what was never opened", "]]] [", 1, 1],
    ["nothing in texts", `"[[" + '((' + """{"{""" + '''['[''' + b"["`, 0, 0],
    ["what follows an escaped quote", `"\\"[" + ["]"]`, 1, 1],
    ["what follows a raw text", `r"\\" + [1]`, 1, 1],
    ["what follows a name that ends in r", `[xr"\\"["]`, 1, 1],
    ["nothing in comments", "1 // [[[\n + (2)", 1, 1],
    ["what follows a text that does not end", `"[[[`, 3, 3],
    ["what follows a text that a line ends", `"[\n[`, 2, 2],
  ];
  for (const [what, source, depth, brackets] of rows) {
    it(what, () => assert.deepEqual(expressionNesting(source), { depth, brackets }));
  }
});
