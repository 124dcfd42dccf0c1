import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { goFloat, goSyntaxList, quote, quoteCharacter, quoteList } from "./go-format.ts";

describe("quote writes", () => {
  const rows: ReadonlyArray<readonly [what: string, text: string, quoted: string]> = [
    ["plain text as it is", "docker.io/library/busybox:latest", `"docker.io/library/busybox:latest"`],
    ["quotes and backslashes escaped", `a"b\\c'`, `"a\\"b\\\\c'"`],
    ["named controls by name", "\x07\b\t\n\v\f\r", `"\\a\\b\\t\\n\\v\\f\\r"`],
    ["other controls in hex", "\0\x1f\x7f", `"\\x00\\x1f\\x7f"`],
    [
      "what cannot be seen by its code",
      "\u0080\u00a0\u00ad\u200b\u2028\ufeff",
      `"\\u0080\\u00a0\\u00ad\\u200b\\u2028\\ufeff"`,
    ],
    ["what cannot be seen beyond the 16 bits", "\u{e0001}", `"\\U000e0001"`],
    ["what can be seen in any script", "é€😀\ufffd", `"é€😀\ufffd"`],
    ["half a surrogate pair as the replacement character", "\ud800", `"\\ufffd"`],
  ];
  for (const [what, text, quoted] of rows) it(what, () => assert.equal(quote(text), quoted));

  it("one line, whatever the text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) =>
        assert.match(quote(text), /^"[^\p{C}\p{Zl}\p{Zp}]*"$/u),
      ),
    );
  });

  it("ASCII so that JSON.parse reads it back, unless an escape is Go's alone", () => {
    const ascii = fc.string({ unit: fc.constantFrom(...'aZ09 .:/@"\\\n\t\b') });
    fc.assert(fc.property(ascii, (text) => assert.equal(JSON.parse(quote(text)), text)));
  });
});

describe("the other verbs write", () => {
  it("a character in single quotes", () => {
    assert.deepEqual(["'", '"', "\\", "é", "\n"].map(quoteCharacter), [
      "'\\''",
      "'\"'",
      "'\\\\'",
      "'é'",
      "'\\n'",
    ]);
  });

  it("lists", () => {
    assert.equal(quoteList(["a", `b"`]), `["a" "b\\""]`);
    assert.equal(quoteList([]), "[]");
    assert.equal(goSyntaxList(["a", "b"]), `[]string{"a", "b"}`);
    assert.equal(goSyntaxList([]), "[]string{}");
  });

  const floats: ReadonlyArray<readonly [value: number, text: string]> = [
    [0, "0"],
    [-0, "-0"],
    [-1.5, "-1.5"],
    [123456, "123456"],
    [1234567, "1.234567e+06"],
    [1e21, "1e+21"],
    [1.5e300, "1.5e+300"],
    [0.00012345, "0.00012345"],
    [0.00001, "1e-05"],
  ];
  for (const [value, text] of floats) it(`the number ${text}`, () => assert.equal(goFloat(value), text));
});
