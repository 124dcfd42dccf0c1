import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { CountersignError } from "./error.ts";
import { type Json, parseJson } from "./strict-json.ts";

describe("parseJson keeps", () => {
  it("the order and the duplicates of members, under any name", () => {
    assert.deepEqual(parseJson(`{"b":1,"a":null,"__proto__":true,"b":"x"}`), {
      kind: "object",
      members: [
        ["b", { kind: "number", text: "1" }],
        ["a", { kind: "null" }],
        ["__proto__", { kind: "boolean", value: true }],
        ["b", { kind: "string", value: "x" }],
      ],
    });
  });

  it("the digits of numbers", () => {
    for (const text of ["0", "-0", "1.50", "1E+400", "12345678901234567890"]) {
      assert.deepEqual(parseJson(text), { kind: "number", text });
    }
  });

  it("empty containers and white space apart", () => {
    assert.deepEqual(parseJson(" [ [ ] ,\t{ }\r\n] "), {
      kind: "array",
      items: [
        { kind: "array", items: [] },
        { kind: "object", members: [] },
      ],
    });
  });
});

describe("parseJson reads strings as Go does", () => {
  const rows: ReadonlyArray<readonly [what: string, literal: string | number[], value: string]> = [
    ["escapes", `\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9`, `"\\/\b\f\n\r\té`],
    ["a surrogate pair", "\\ud83d\\ude00", "😀"],
    ["a lone surrogate as U+FFFD", "\\ud800", "\ufffd"],
    ["a lone surrogate and a letter as both", "\\ud800\\u0041", "\ufffdA"],
    ["two surrogates in the wrong order as two U+FFFD", "\\udc00\\ud800", "\ufffd\ufffd"],
    ["a lone surrogate before a pair", "\\ud800\\ud83d\\ude00", "\ufffd😀"],
    ["each byte of a broken sequence as U+FFFD", [0xe2, 0x82], "\ufffd\ufffd"],
    ["a surrogate in UTF-8 as three U+FFFD", [0xed, 0xa0, 0x80], "\ufffd\ufffd\ufffd"],
    ["an overlong sequence as two U+FFFD", [0xc0, 0x80, 0x61], "\ufffd\ufffda"],
    ["a code point past the last as four U+FFFD", [0xf4, 0x90, 0x80, 0x80], "\ufffd\ufffd\ufffd\ufffd"],
    ["good UTF-8 next to bad", [0xc3, 0xa9, 0xff, 0xf0, 0x9f, 0x98, 0x80], "é\ufffd😀"],
    ["DEL, which is no control character to JSON", [0x7f], "\x7f"],
  ];
  for (const [what, literal, value] of rows) {
    const body = typeof literal === "string" ? Buffer.from(literal) : Buffer.from(literal);
    const text = Buffer.concat([Buffer.from('"'), body, Buffer.from('"')]);
    it(what, () => assert.deepEqual(parseJson(text), { kind: "string", value }));
  }
});

describe("parseJson refuses, in Go's words", () => {
  const end = "unexpected end of JSON input";
  const refused: ReadonlyArray<readonly [text: string, message: string]> = [
    ["", end],
    ["  ", end],
    ["[1", end],
    ["[1,", end],
    ["{", end],
    [`{"a"`, end],
    [`{"a":`, end],
    [`{"a":1`, end],
    [`{"a":1,`, end],
    [`"a`, end],
    ["tru", "invalid character ' ' in literal true (expecting 'e')"],
    ["nuL", "invalid character 'L' in literal null (expecting 'l')"],
    ["fals\n", "invalid character '\\n' in literal false (expecting 'e')"],
    ["-", "invalid character ' ' in numeric literal"],
    ["-a", "invalid character 'a' in numeric literal"],
    ["1.", "invalid character ' ' after decimal point in numeric literal"],
    ["1.e1", "invalid character 'e' after decimal point in numeric literal"],
    ["1e", "invalid character ' ' in exponent of numeric literal"],
    ["1e+x", "invalid character 'x' in exponent of numeric literal"],
    ["01", "invalid character '1' after top-level value"],
    ["+1", "invalid character '+' looking for beginning of value"],
    ["NaN", "invalid character 'N' looking for beginning of value"],
    [`"\\`, "invalid character ' ' in string escape code"],
    [`"\\x"`, "invalid character 'x' in string escape code"],
    [`"\\u12`, "invalid character ' ' in \\u hexadecimal character escape"],
    [`"\\u12g4"`, "invalid character 'g' in \\u hexadecimal character escape"],
    [`"\n"`, "invalid character '\\n' in string literal"],
    [`"\x00"`, "invalid character '\\x00' in string literal"],
    [`"\x1f"`, "invalid character '\\x1f' in string literal"],
    ["[,]", "invalid character ',' looking for beginning of value"],
    ["[1,]", "invalid character ']' looking for beginning of value"],
    ["[1 2]", "invalid character '2' after array element"],
    ["[1}", "invalid character '}' after array element"],
    ["{1:2}", "invalid character '1' looking for beginning of object key string"],
    ["{,}", "invalid character ',' looking for beginning of object key string"],
    [`{"a":1,}`, "invalid character '}' looking for beginning of object key string"],
    [`{"a"}`, "invalid character '}' after object key"],
    [`{"a":1]`, "invalid character ']' after object key:value pair"],
    ["{} {}", "invalid character '{' after top-level value"],
    ["// a comment", "invalid character '/' looking for beginning of value"],
    ["'a'", "invalid character '\\'' looking for beginning of value"],
    ["\ufeff{}", "invalid character 'ï' looking for beginning of value"],
    ["é", "invalid character 'Ã' looking for beginning of value"],
  ];
  for (const [text, message] of refused) {
    it(JSON.stringify(text), () => assert.throws(() => parseJson(text), { code: "JSON_INVALID", message }));
  }

  it("nesting beyond 10,000, without exhausting the stack", () => {
    const deep = (depth: number) => "[".repeat(depth) + "]".repeat(depth);
    assert.equal(parseJson(deep(10_000)).kind, "array");
    const refusal = { code: "JSON_INVALID", message: "invalid character '[' exceeded max depth" };
    assert.throws(() => parseJson(deep(10_001)), refusal);
    assert.throws(() => parseJson("[".repeat(1_000_000)), refusal);
  });
});

describe("parseJson, for any input", () => {
  it("reads what JSON.stringify writes", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) =>
        assert.deepEqual(plain(parseJson(JSON.stringify(value))), plainOf(value)),
      ),
    );
  });

  it("agrees with JSON.parse on what is JSON", () => {
    const token = fc.constantFrom(
      ...`{}[],:"- \n`,
      `"a"`,
      "1",
      "0",
      ".5",
      "e1",
      "true",
      "null",
      "\\u00",
      "x",
    );
    const nearJson = fc.array(token, { maxLength: 12 }).map((tokens) => tokens.join(""));
    fc.assert(
      fc.property(nearJson, (text) =>
        assert.equal(isAccepted(parseJson, text), isAccepted(JSON.parse, text)),
      ),
      {
        numRuns: 5000,
      },
    );
  });

  it("returns or throws a CountersignError, whatever the bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          parseJson(bytes);
        } catch (error) {
          assert.ok(error instanceof CountersignError && error.code === "JSON_INVALID");
        }
      }),
    );
  });

  it("leaves the bytes it was given as they are", () => {
    const bytes = Buffer.from(`{"a":"\\u00e9"}`);
    const copy = Uint8Array.from(bytes);
    parseJson(bytes);
    assert.deepEqual(Uint8Array.from(bytes), copy);
  });
});

function isAccepted(parse: (text: string) => unknown, text: string): boolean {
  try {
    parse(text);
    return true;
  } catch {
    return false;
  }
}

/** The value as plain data; objects as lists of members, so that no name is special. */
function plain(json: Json): unknown {
  switch (json.kind) {
    case "null":
      return null;
    case "number":
      return Number(json.text);
    case "array":
      return json.items.map(plain);
    case "object":
      return { members: json.members.map(([name, value]) => [name, plain(value)]) };
    default:
      return json.value;
  }
}

function plainOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plainOf);
  if (typeof value === "string") return value.toWellFormed();
  if (Object.is(value, -0)) return 0; // JSON.stringify writes it so
  if (typeof value !== "object" || value === null) return value;
  return { members: Object.entries(value).map(([name, member]) => [name.toWellFormed(), plainOf(member)]) };
}
