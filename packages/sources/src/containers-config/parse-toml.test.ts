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
    ["an inline table over several lines", 'a = {\nb = "c",\n}', { b: "c" }],
    ["an escape", 'a = "\\x41\\u0042"', "AB"],
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
    ["more depth than anybody needs", `a = ${"[".repeat(200)}${"]".repeat(200)}`, /^toml: line 1/],
  ];
  for (const [why, text, message] of rows) {
    it(why, () => assert.throws(() => parseToml(text), { code: "CONFIG_INVALID", message }));
  }

  it("nothing of depth that is written with dots, and does not fall over it", () =>
    assert.ok(parseToml(`a${".a".repeat(50_000)} = 1`)));
});
