import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { goField, goFill } from "./go-fill.ts";
import { goBytes, goInt, goList, goMap, goString, goStruct } from "./go-struct.ts";
import type { Json } from "./json.ts";
import { parseJson } from "./strict-json.ts";

const item = goStruct("x.Item", { name: goString, notes: goMap(goString) });
const whole = goStruct("x.Whole", {
  name: goString,
  count: goInt,
  data: goBytes,
  items: goList(item),
  notes: goMap(goString),
  inner: item,
});

/** Every name in small letters, as fields are called in what is filled. */
function plain(json: Json): unknown {
  switch (json.kind) {
    case "null":
      return null;
    case "array":
      return json.items.map(plain);
    case "object":
      return Object.fromEntries(json.members.map(([name, value]) => [name, plain(value)]));
    case "number":
      return Number(json.text);
    default:
      return json.value;
  }
}

describe("goFill", () => {
  const rows: ReadonlyArray<readonly [what: string, text: string, filled: unknown]> = [
    ["keeps fields", `{"name":"a","count":1,"data":"eA=="}`, { name: "a", count: 1, data: "eA==" }],
    ["drops what it does not know", `{"x":1,"name":"a"}`, { name: "a" }],
    [
      "takes names in any case, as Unicode folds it",
      `{"NAME":"a","note\u017f":{}}`,
      { name: "a", notes: {} },
    ],
    ["fills nothing with null", "null", null],
    ["leaves a text that a null follows", `{"name":"a","name":null}`, { name: "a" }],
    ["leaves a struct that a null follows", `{"inner":{"name":"a"},"inner":null}`, { inner: { name: "a" } }],
    [
      "clears lists, maps and bytes by null",
      `{"items":[{}],"notes":{"a":"b"},"data":"eA==","items":null,"notes":null,"data":null}`,
      {},
    ],
    ["takes the last text", `{"name":"a","Name":"b"}`, { name: "b" }],
    [
      "fills a struct field by field",
      `{"inner":{"name":"a","notes":{"x":"1"}},"inner":{"notes":{"y":"2"}}}`,
      { inner: { name: "a", notes: { x: "1", y: "2" } } },
    ],
    [
      "fills a map entry by entry",
      `{"notes":{"a":"1","b":"1"},"notes":{"b":"2","c":null}}`,
      { notes: { a: "1", b: "2", c: null } },
    ],
    [
      "fills a list item by item",
      `{"items":[{"name":"a","notes":{"x":"1"}},{"name":"b"}],"items":[{"name":"c"}]}`,
      { items: [{ name: "c", notes: { x: "1" } }] },
    ],
    [
      "lets an item show through a null",
      `{"items":[{"name":"a"}],"items":[null,null]}`,
      { items: [{ name: "a" }, null] },
    ],
    ["makes bytes of a list of numbers", `{"data":[120,null,121]}`, { data: "eAB5" }],
    ["lets a byte show through a null", `{"data":"eHk=","data":[null,122]}`, { data: "eHo=" }],
  ];
  for (const [what, text, filled] of rows) {
    it(what, () => assert.deepEqual(plain(goFill(parseJson(text), whole)), filled));
  }

  it("refuses a value of another type, though it is written again", () =>
    assert.throws(() => goFill(parseJson(`{"name":1,"name":"a"}`), whole), {
      code: "JSON_INVALID",
      message: "json: cannot unmarshal number into Go struct field Whole.name of type string",
    }));

  it("changes nothing that was filled already", () =>
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom("name", "NAME", "x"), fc.string()), (value) => {
        const filled = goFill(parseJson(JSON.stringify(value)), whole);
        assert.deepEqual(goFill(filled, whole), filled);
      }),
    ));

  it("gives its fields by name, in any case, and nothing of what is no struct", () => {
    const filled = goFill(parseJson(`{"Name":"a"}`), whole);
    assert.deepEqual(goField(filled, "name"), { kind: "string", value: "a" });
    assert.equal(goField(filled, "count"), undefined);
    assert.equal(goField({ kind: "null" }, "name"), undefined);
  });
});
