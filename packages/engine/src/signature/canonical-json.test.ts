import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { parseJson } from "../values/strict-json.ts";
import { canonicalJson } from "./canonical-json.ts";

const canonical = (text: string) => canonicalJson(parseJson(text));

describe("canonicalJson writes, as RFC 8785 says,", () => {
  const written: ReadonlyArray<readonly [why: string, text: string, canonical: string]> = [
    ["no white space", ' { "a" : [ 1 , 2 ] } ', '{"a":[1,2]}'],
    ["names in order", '{"b":1,"a":2}', '{"a":2,"b":1}'],
    ["names ordered by UTF-16 units", '{"\\ufb33":1,"\\ud83d\\ude00":2}', '{"\u{1f600}":2,"\ufb33":1}'],
    ["inner objects in order too", '[{"b":{"d":1,"c":2}}]', '[{"b":{"c":2,"d":1}}]'],
    [
      "numbers as ECMAScript",
      "[1.0,1e3,-0,1e21,1e-7,0.000001,5e-324]",
      "[1,1000,0,1e+21,1e-7,0.000001,5e-324]",
    ],
    ["large numbers rounded to a double", "[9007199254740993]", "[9007199254740992]"],
    [
      "the short escapes",
      '["\\u0008\\u0009\\u000a\\u000c\\u000d\\u0022\\u005c"]',
      '["\\b\\t\\n\\f\\r\\"\\\\"]',
    ],
    ["other controls as \\u00xx", '["\\u001F\\u0000"]', '["\\u001f\\u0000"]'],
    ["everything else as it is", '["\\u2028\\/<>&\\u007f"]', '["\u2028/<>&\u007f"]'],
    ["literals", "[null,true,false]", "[null,true,false]"],
    ["an empty object", "{}", "{}"],
  ];
  for (const [why, text, expected] of written) it(why, () => assert.equal(canonical(text), expected));
});

describe("canonicalJson refuses", () => {
  const refused: ReadonlyArray<readonly [why: string, text: string, message: string]> = [
    ["a doubled name", '{"a":1,"a":1}', "Duplicate key: a"],
    ["a doubled name in other letters of the text", '{"a":1,"\\u0061":1}', "Duplicate key: a"],
    ["a number beyond a double", "[1e400]", 'strconv.ParseFloat: parsing "1e400": value out of range'],
    ["a string alone", '"x"', "Expected '{' but got '\"'"],
    ["null alone", "null", "Expected '{' but got 'n'"],
    ["a number alone", "12", "Expected '{' but got '1'"],
    ["nesting to exhaust the stack", "[".repeat(5000) + "]".repeat(5000), "nested more than 64 times"],
  ];
  for (const [why, text, message] of refused) {
    it(why, () => assert.throws(() => canonical(text), { code: "SIGNATURE_INVALID", message }));
  }
});

describe("canonicalJson, for any object,", () => {
  const objects = fc.dictionary(fc.string({ unit: "binary" }), fc.jsonValue({ maxDepth: 4 }));
  it("means the same", () => {
    fc.assert(
      fc.property(objects, (value) =>
        assert.deepEqual(JSON.parse(canonical(JSON.stringify(value))), JSON.parse(JSON.stringify(value))),
      ),
    );
  });
  it("is its own canonical form", () => {
    fc.assert(
      fc.property(objects, (value) => {
        const once = canonical(JSON.stringify(value));
        assert.equal(canonical(once), once);
      }),
    );
  });
  it("does not depend on the order of members or on white space", () => {
    fc.assert(
      fc.property(objects, (value) => {
        const reversed = Object.fromEntries(Object.entries(value).reverse());
        assert.equal(canonical(JSON.stringify(reversed, null, 2)), canonical(JSON.stringify(value)));
      }),
    );
  });
});
