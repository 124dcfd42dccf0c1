import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseToml } from "./parse-toml.ts";

describe("parseToml reads", () => {
  const rows: readonly (readonly [what: string, text: string, value: unknown])[] = [
    ["the largest integer", "a = 9223372036854775807", 2n ** 63n - 1n],
    ["the smallest integer", "a = -9223372036854775808", -(2n ** 63n)],
    ["an integer apart from a float", "a = 1", 1n],
    ["a float", "a = 1.0", 1],
    ["what is no number", "a = nan", Number.NaN],
    ["an inline table", 'a = {b = "c", d = [1,\n2,\n# e\n]}', { b: "c", d: [1n, 2n] }],
    ["a list over several lines", "a = [\n1, # b\n]", [1n]],
    ["a list of inline tables", "a = [\n{b = 1},\n{c = 2},\n]", [{ b: 1n }, { c: 2n }]],
    ["escapes", 'a = "\\u0041\\t\\\\x\\""', 'A\t\\x"'],
    ["text that looks like escapes", "a = '\\x41\\e'", "\\x41\\e"],
    ["text that looks like a table", 'a = "{\\n" # {', "{\n"],
    ["text of several lines", 'a = """\n{\\\\x\n"#,}"""', '{\\x\n"#,}'],
    ["text as it is of several lines", "a = '''\n{\\x\n'#,}'''", "{\\x\n'#,}"],
    ["text that ends in quotes", 'a = """"b"""""', '"b""'],
    ["no text", 'a = ""', ""],
    ["no text of several lines", 'a = """"""', ""],
  ];
  for (const [what, text, value] of rows) {
    it(what, () =>
      assert.deepEqual(JSON.stringify(parseToml(text)["a"], plain), JSON.stringify(value, plain)),
    );
  }

  it("a key that is a property of every object", () => {
    const document = parseToml("__proto__ = 1\nconstructor = 2");
    assert.deepEqual(Object.keys(document), ["__proto__", "constructor"]);
    assert.equal(Object.getPrototypeOf(document), null);
  });
});

/** JSON knows neither big integers nor NaN. */
function plain(_key: string, value: unknown): unknown {
  return typeof value === "bigint" || Number.isNaN(value) ? String(value) : value;
}

/** What Go's reader refuses; some of it another reader takes. */
describe("parseToml refuses", () => {
  const rows: readonly (readonly [why: string, text: string, message: RegExp])[] = [
    ["what is no TOML, and says where", "a = 1\nb = = 2", /^toml: line 2, column 5: \S+/],
    ["a key twice", "a = 1\na = 2", /^toml: line 2, column \d+: trying to redefine/],
    ["a key twice, once quoted", 'a = 1\n"a" = 2', /^toml: line 2/],
    ["a table twice", "[a]\n[b]\n[a]", /^toml: line 3/],
    ["an array that was a table", "[a]\n[[a]]", /^toml: line 2/],
    ["a table that was an array", "[[a]]\n[a]", /^toml: line 2/],
    ["an addition to an inline table", "a = {b = 1}\n[a.c]", /^toml: line 2/],
    ["an addition to a value", "a = 1\na.b = 2", /^toml: line 2/],
    ["two keys on a line", "a = 1 b = 2", /^toml: line 1/],
    ["a control character in a comment", "# \u0001", /^toml: line 1/],
    ["a control character in text", 'a = "\u0001"', /^toml: line 1/],
    ["a return without a newline", "a = 1\rb = 2", /^toml: line 1/],
    ["half of a surrogate pair", 'a = "\\ud800"', /^toml: line 1/],
    ["an unknown escape", 'a = "\\z"', /^toml: line 1/],
    ["a zero in front", "a = 01", /^toml: line 1/],
    ["a capital truth", "a = True", /^toml: line 1/],
    ["an integer that is too large", "a = 9223372036854775808", /^toml: .*"a".* out of range for int64$/],
    ["an integer that is too small, in an array", "a = [[-9223372036854775809]]", / out of range for int64$/],
    ["a float that is too large", "[b]\na = 1e999", /^toml: .*"a".*: out of range for float64, or infinite$/],
    ["infinity", "a = -inf", /infinite$/],
    ["a day that does not exist", "a = 1979-02-30", /^toml: .*"a".*: no setting takes a date$/],
    ["a time, somewhere inside", "a = [{b = {c = 07:32:00}}]", /^toml: .*"c".*: no setting takes a date$/],
    [
      "a new line in an inline table",
      "a = {\nb = 1}",
      /^toml: line 1, column 6: an inline table over several lines/,
    ],
    [
      "a new line in a table of a list",
      "a = [1, {b = [\n], \nc = 1}]",
      /^toml: line 2, column 4: an inline table over/,
    ],
    [
      "a comment in an inline table",
      "a = {b = 1 # c\n}",
      /^toml: line 1, column 12: an inline table over several lines/,
    ],
    [
      "a comma at the end of an inline table",
      "a = {b = {}, }",
      /^toml: line 1, column 12: a comma at the end/,
    ],
    [
      "the escape of a byte",
      'a = "\\\\\\x41"',
      /^toml: line 1, column 8: the escape \\x is newer than TOML 1\.0$/,
    ],
    [
      "the escape character, in a key",
      '"a\\e" = 1',
      /^toml: line 1, column 3: the escape \\e is newer than TOML 1\.0$/,
    ],
    [
      "a new escape in text of several lines",
      'a = """\n"\\x41"""',
      /^toml: line 2, column 2: the escape \\x/,
    ],
    ["a time without seconds", "a = 07:32", /no setting takes a date$/],
    ["more depth than anybody needs", `a = ${"[".repeat(200)}${"]".repeat(200)}`, /^toml: line 1/],
  ];
  for (const [why, text, message] of rows) {
    it(why, () => assert.throws(() => parseToml(text), { code: "CONFIG_INVALID", message }));
  }

  it("nothing of depth that is written with dots, and does not fall over it", () =>
    assert.ok(parseToml(`a${".a".repeat(50_000)} = 1`)));
});
