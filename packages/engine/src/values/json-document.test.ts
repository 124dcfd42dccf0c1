import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { readJsonDocument } from "./json-document.ts";
import { memberPath, quoteShort } from "./strict-object.ts";

const text = `{
  "a": {"b c": [1, {"x": null}],
    "😀": true, "d": "e" },
  "__proto__": []
}`;

describe("a place in JSON is", () => {
  const document = readJsonDocument(Buffer.from(text));
  const rows: ReadonlyArray<readonly [of: string, path: string, line: number, column: number]> = [
    ["the beginning, for the whole", "", 1, 1],
    ["a member's name", "a", 2, 3],
    ["the name of a member that is no identifier", 'a["b c"]', 2, 9],
    ["an item of a list", 'a["b c"][1]', 2, 20],
    ["a member of an item", 'a["b c"][1].x', 2, 21],
    ["counted in characters, not bytes", "a.d", 3, 16],
    ["the same whichever way the name is written", 'a["d"]', 3, 16],
    ["a member called as what objects inherit", "__proto__", 4, 3],
    ["the last part that is there, of a path that leads too far", 'a["b c"][7].x', 2, 9],
    ["the last part that is there, of a path through a text", "a.d.length", 3, 16],
    ["the beginning, for a path that leads nowhere", "constructor", 1, 1],
  ];
  for (const [of, path, line, column] of rows) {
    it(of, () => assert.deepEqual(document.placeOf(path), { line, column }));
  }
});

describe("a value in JSON is", () => {
  const document = readJsonDocument(Buffer.from(text));
  it("found by its path", () => assert.deepEqual(document.find("a.d"), { kind: "string", value: "e" }));
  it("not found when the path leads too far", () => {
    for (const path of ['a["b c"][7]', "a.d.length", "constructor"]) {
      assert.equal(document.find(path), undefined);
    }
  });
});

it("every member and item is found by the path that readers report, where it stands", () => {
  fc.assert(
    fc.property(
      fc.dictionary(fc.string({ maxLength: 500 }), fc.array(fc.nat(9), { maxLength: 3 })),
      (object) => {
        const json = JSON.stringify(object, undefined, 1);
        const document = readJsonDocument(Buffer.from(json));
        const lines = json.split("\n");
        for (const [name, items] of Object.entries(object)) {
          for (const path of [memberPath("", name), `[${quoteShort(name)}]`]) {
            const { line, column } = document.placeOf(path);
            assert.ok(lines[line - 1]?.slice(column - 1).startsWith(JSON.stringify(name)));
            for (const [index, item] of items.entries()) {
              const found = document.find(`${path}[${index}]`);
              assert.deepEqual(found, { kind: "number", text: String(item) });
            }
          }
        }
      },
    ),
  );
});
