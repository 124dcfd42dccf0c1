import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseJson } from "./strict-json.ts";
import type { Reader } from "./strict-object.ts";
import { exactly, listOf, mapOf, readText, textAs } from "./strict-value.ts";

function read<T>(
  reader: Reader<T>,
  json: string,
): { readonly value: T | undefined; readonly faults: string[] } {
  const faults: string[] = [];
  const value = reader(parseJson(json), "x", (path, message) => faults.push(`${path}: ${message}`));
  return { value, faults };
}

const number = textAs((text) => {
  if (/^\d+$/.test(text)) return Number(text);
  throw new Error("no number");
});

describe("a strict reader takes", () => {
  const rows: ReadonlyArray<readonly [what: string, reader: Reader<unknown>, json: string, value: unknown]> =
    [
      ["a text", readText, `"a"`, "a"],
      ["a text and makes something of it", number, `"7"`, 7],
      ["the very text", exactly("a"), `"a"`, "a"],
      ["a list", listOf(number), `["1","2"]`, [1, 2]],
      ["an empty list", listOf(number), "[]", []],
      ["an object whose names are data", mapOf(Number, number), `{"1":"2"}`, new Map([[1, 2]])],
      [
        "names that objects have anyway",
        mapOf(String, readText),
        `{"__proto__":"a"}`,
        new Map([["__proto__", "a"]]),
      ],
    ];
  for (const [what, reader, json, value] of rows) {
    it(what, () => assert.deepEqual(read(reader, json), { value, faults: [] }));
  }
});

describe("a strict reader refuses", () => {
  const rows: ReadonlyArray<readonly [why: string, reader: Reader<unknown>, json: string, faults: string[]]> =
    [
      ["null for a text", readText, "null", ["x: a text is expected, not null"]],
      ["what cannot be parsed", number, `"a"`, [`x: "a": no number`]],
      ["another text", exactly("a"), `"A"`, [`x: "a" is expected`]],
      ["an object for a list", listOf(readText), "{}", ["x: a list is expected, not object"]],
      [
        "each item at fault",
        listOf(number),
        `["a",1,"2"]`,
        [`x[0]: "a": no number`, "x[1]: a text is expected, not number"],
      ],
      ["a list for an object", mapOf(String, readText), "[]", ["x: JSON object expected, got 91"]],
      ["a name twice", mapOf(String, readText), `{"a":"1","a":"2"}`, [`x.a: Duplicate key "a"`]],
      ["a member at fault", mapOf(String, readText), `{"a":1}`, ["x.a: a text is expected, not number"]],
      [
        "a name that means nothing",
        mapOf((name) => assert.fail(`${name} is none`), readText),
        `{"a":"1"}`,
        [`x.a: "a": a is none`],
      ],
    ];
  for (const [why, reader, json, faults] of rows) {
    it(why, () => {
      const found = read(reader, json);
      assert.deepEqual(found.faults, faults);
    });
  }

  it("two names that mean the same", () =>
    assert.equal(
      read(
        mapOf((name) => name.toLowerCase(), readText),
        `{"a":"1","A":"2"}`,
      ).value,
      undefined,
    ));
});
