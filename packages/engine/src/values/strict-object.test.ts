import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { readByteStrings, readBytes, readFloat64, readInt64, readString, readStrings } from "./go-value.ts";
import { parseJson } from "./strict-json.ts";
import { type Reader, type Report, readExactObject, readMembers, readObject } from "./strict-object.ts";

/** What a reader made of a text, and what it reported. */
function reading<T>(text: string, reader: Reader<T>) {
  const faults: string[] = [];
  const value = reader(parseJson(text), "top", (path, message) => faults.push(`${path}: ${message}`));
  return { value, faults };
}

const readPair: Reader<object> = (json, path, report) =>
  readObject(json, path, report, { a: readString, b: readString });

describe("readObject", () => {
  it("reads the members that are there", () => {
    assert.deepEqual(reading(`{"b":"x"}`, readPair), { value: { b: "x" }, faults: [] });
  });

  it("reports each fault where it is, in the order of the text", () => {
    const { faults } = reading(
      `{"B":1, "a":[], "a":"x", "odd name":0, "constructor":0, "b":null, "b":null}`,
      readPair,
    );
    assert.deepEqual(faults, [
      `top.B: Unknown key "B"`,
      `top.a: json: cannot unmarshal array into Go value of type string`,
      `top.a: Duplicate key "a"`,
      `top["odd name"]: Unknown key "odd name"`,
      `top.constructor: Unknown key "constructor"`,
      `top.b: Duplicate key "b"`,
    ]);
  });

  it("finds a duplicate however it is escaped", () => {
    assert.deepEqual(reading(`{"a":"","\\u0061":""}`, readPair).faults, [`top.a: Duplicate key "a"`]);
  });

  it("calls a second unknown member of the same name a duplicate, as the reference does", () => {
    assert.deepEqual(reading(`{"c":0,"c":0}`, readPair).faults, [
      `top.c: Unknown key "c"`,
      `top.c: Duplicate key "c"`,
    ]);
  });

  const others: ReadonlyArray<readonly [text: string, got: string]> = [
    ["null", "<nil>"],
    ["[]", "91"],
    [`"a\\nb"`, `"a\\nb"`],
    ["true", "true"],
    ["1500000", "1.5e+06"],
  ];
  for (const [text, got] of others) {
    it(`refuses ${text}`, () => {
      assert.deepEqual(reading(text, readPair), {
        value: undefined,
        faults: [`top: JSON object expected, got ${got}`],
      });
    });
  }

  it("refuses a number beyond float64 with Go's words for that", () => {
    const message = "top: json: cannot unmarshal number 1e999 into Go value of type float64";
    assert.deepEqual(reading("1e999", readPair).faults, [message]);
  });

  it("stops at the first fault if the report throws", () => {
    const stop: Report = (path, message) => {
      throw new Error(`${path}: ${message}`);
    };
    const json = parseJson(`{"c":0,"d":0}`);
    assert.throws(() => readPair(json, "", stop), { message: `c: Unknown key "c"` });
  });
});

describe("readExactObject", () => {
  const readExact: Reader<object> = (json, path, report) =>
    readExactObject(json, path, report, { a: readString, b: readString });

  it("reads an object that has all its members", () => {
    assert.deepEqual(reading(`{"b":"2","a":"1"}`, readExact), { value: { b: "2", a: "1" }, faults: [] });
  });

  it("reports every member that is missing", () => {
    assert.deepEqual(reading("{}", readExact), {
      value: undefined,
      faults: [`top: Key "a" missing in a JSON object`, `top: Key "b" missing in a JSON object`],
    });
  });

  it("returns nothing of an object with any fault", () => {
    assert.equal(reading(`{"a":"","b":"","c":""}`, readExact).value, undefined);
    assert.equal(reading(`{"a":"","b":1}`, readExact).value, undefined);
  });
});

describe("readMembers", () => {
  it("is not confused by names that objects inherit", () => {
    const read: Reader<ReadonlyMap<string, string | undefined>> = (json, path, report) =>
      readMembers(json, path, report, () => readString);
    const { value, faults } = reading(`{"__proto__":"a","toString":"b","":"c"}`, read);
    assert.deepEqual(
      [...(value ?? [])],
      [
        ["__proto__", "a"],
        ["toString", "b"],
        ["", "c"],
      ],
    );
    assert.deepEqual(faults, []);
  });

  it("cuts a name that could fill a screen, in the path only", () => {
    const name = "x".repeat(10_000);
    const { faults } = reading(`{"${name}":0}`, readPair);
    assert.equal(faults[0], `top["${"x".repeat(400)}…"]: Unknown key "${name}"`);
  });
});

describe("values are read as Go reads them", () => {
  const refused = (value: string, type: string, at = "top") =>
    `${at}: json: cannot unmarshal ${value} into Go value of type ${type}`;
  const rows: ReadonlyArray<
    readonly [type: string, reader: Reader<unknown>, text: string, expected: unknown]
  > = [
    ["string", readString, `"x"`, "x"],
    ["string", readString, "null", ""],
    ["string", readString, "1", refused("number", "string")],
    ["string", readString, "true", refused("bool", "string")],
    ["string", readString, "[]", refused("array", "string")],
    ["string", readString, "{}", refused("object", "string")],
    ["[]byte", readBytes, `"QUI="`, Uint8Array.of(65, 66)],
    ["[]byte", readBytes, `""`, new Uint8Array()],
    ["[]byte", readBytes, "null", null],
    ["[]byte", readBytes, "[1,null,255]", Uint8Array.of(1, 0, 255)],
    ["[]byte", readBytes, `"QUI"`, "top: illegal base64 data at input byte 0"],
    ["[]byte", readBytes, "[256]", refused("number 256", "uint8", "top[0]")],
    ["[]byte", readBytes, "[1.0]", refused("number 1.0", "uint8", "top[0]")],
    ["[]byte", readBytes, "[-0]", refused("number -0", "uint8", "top[0]")],
    ["[]byte", readBytes, `["a"]`, refused("string", "uint8", "top[0]")],
    ["[]byte", readBytes, "1", refused("number", "[]uint8")],
    ["[]string", readStrings, `["a",null]`, ["a", ""]],
    ["[]string", readStrings, "[]", []],
    ["[]string", readStrings, "null", null],
    ["[]string", readStrings, `["a",1]`, refused("number", "string", "top[1]")],
    ["[]string", readStrings, `"a"`, refused("string", "[]string")],
    ["[][]byte", readByteStrings, `["QQ==",null]`, [Uint8Array.of(65), new Uint8Array()]],
    ["[][]byte", readByteStrings, "null", null],
    ["[][]byte", readByteStrings, `["!"]`, "top[0]: illegal base64 data at input byte 0"],
    ["[][]byte", readByteStrings, "{}", refused("object", "[][]uint8")],
    ["float64", readFloat64, "1.5", 1.5],
    ["float64", readFloat64, "null", 0],
    ["float64", readFloat64, "1e999", refused("number 1e999", "float64")],
    ["float64", readFloat64, `"1"`, refused("string", "float64")],
    ["int64", readInt64, "9223372036854775807", 9223372036854775807n],
    ["int64", readInt64, "-9223372036854775808", -9223372036854775808n],
    ["int64", readInt64, "null", 0n],
    ["int64", readInt64, "9223372036854775808", refused("number 9223372036854775808", "int64")],
    ["int64", readInt64, "1e3", refused("number 1e3", "int64")],
    ["int64", readInt64, "1.0", refused("number 1.0", "int64")],
  ];
  for (const [type, reader, text, expected] of rows) {
    it(`${type} from ${text}`, () => {
      const { value, faults } = reading(text, reader);
      assert.deepEqual(value === undefined ? faults[0] : value, expected);
      assert.equal(faults.length, value === undefined ? 1 : 0);
    });
  }

  it("reports every item of a list that is wrong", () => {
    assert.equal(reading(`[1,"a",{}]`, readStrings).faults.length, 2);
  });
});
