import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { countJsonValues } from "./count-json-values.ts";
import type { Json } from "./json.ts";
import { parseJson } from "./strict-json.ts";

function size(json: Json): number {
  if (json.kind === "array") return json.items.reduce((sum, item) => sum + size(item), 1);
  if (json.kind === "object") return json.members.reduce((sum, [, member]) => sum + size(member), 1);
  return 1;
}

describe("the values of a JSON text", () => {
  it("are never more than were counted, and not half as many", () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        const counted = countJsonValues(Buffer.from(text));
        const actual = size(parseJson(text));
        assert.ok(
          actual <= counted && counted <= 2 * actual,
          `${actual} values, ${counted} counted: ${text}`,
        );
      }),
    );
  });

  it("are not those in a text", () => assert.equal(countJsonValues(Buffer.from('"[1,2,\\",3]"')), 1));
});
