import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { commandWords, parseUnit, unitValue } from "./unit-file.ts";

const values = (setting: `${string}.${string}`, ...texts: readonly string[]) =>
  parseUnit("/u.service", texts).settings.get(setting) ?? [];

describe("parseUnit reads", () => {
  const rows: ReadonlyArray<readonly [what: string, texts: readonly string[], expected: readonly string[]]> =
    [
      ["a setting of its section", ["[Unit]\nA=no\n[Service]\nA=1\n"], ["1"]],
      ["a setting with blanks around the sign", ["[Service]\nA = 1\n"], ["1"]],
      ["a setting that is said twice", ["[Service]\nA=1\nA=2\n"], ["1", "2"]],
      ["one that a drop-in adds to", ["[Service]\nA=1\n", "[Service]\nA=2\n"], ["1", "2"]],
      ["one that a drop-in takes back", ["[Service]\nA=1\n", "[Service]\nA=\nA=2\n"], ["2"]],
      ["a line that goes on", ["[Service]\nA=1 \\\n  2\n"], ["1    2"]],
      ["a line that goes on past a comment", ["[Service]\nA=1\\\n# no\n; no\n2\n"], ["1 2"]],
      ["nothing in comments", ["[Service]\n#A=1\n ;A=2\n"], []],
      ["nothing in another section", ["[Unit]\nA=1\n"], []],
      ["lines that end as on Windows", ["[Service]\r\nA=1\r\n"], ["1"]],
      ["a drop-in whose section is its own affair", ["[Service]\nA=1\n", "A=2\n"], ["1"]],
    ];
  for (const [what, texts, expected] of rows) {
    it(what, () => assert.deepEqual(values("Service.A", ...texts), expected));
  }

  it("the last value for what has one", () =>
    assert.equal(unitValue(parseUnit("/u", ["[Service]\nA=1\nA=2\n"]), "Service.A"), "2"));

  it("whatever text there is, in time", () =>
    fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => void parseUnit("/u", [text]))));
});

describe("commandWords of", () => {
  const rows: ReadonlyArray<readonly [line: string, words: readonly string[]]> = [
    ["/bin/a --b=c  d", ["/bin/a", "--b=c", "d"]],
    ["-/bin/a", ["/bin/a"]],
    ["@/bin/a b", ["/bin/a", "b"]],
    ['/bin/a "b c" d', ["/bin/a", "b c", "d"]],
    ["/bin/a --b='c d'e", ["/bin/a", "--b=c de"]],
    ["/bin/a $X %i", ["/bin/a", "$X", "%i"]],
    ["", []],
  ];
  for (const [line, words] of rows)
    it(JSON.stringify(line), () => assert.deepEqual(commandWords(line), words));

  it("words without quotes are those words", () => {
    const word = fc.stringMatching(/^[a-z/=.][a-z0-9/=.:-]{0,12}$/);
    fc.assert(
      fc.property(fc.array(word, { minLength: 1 }), (words) =>
        assert.deepEqual(commandWords(words.join(" ")), words),
      ),
    );
  });
});
