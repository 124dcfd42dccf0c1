import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { imageSignatureType, isAbout, parseStatement } from "./statement.ts";

const sha256 = "ab".repeat(32);
const valid = {
  _type: "https://in-toto.io/Statement/v1",
  subject: [{ digest: { sha256 } }, { name: "second", digest: { sha512: "CD" }, uri: "x" }],
  predicateType: imageSignatureType,
  predicate: {},
};

const parse = (statement: unknown, payloadType = "application/vnd.in-toto+json") =>
  parseStatement({
    type: "envelope",
    payloadType,
    payload: Buffer.from(typeof statement === "string" ? statement : JSON.stringify(statement)),
    signature: Buffer.alloc(0),
    keyId: "",
    stored: undefined,
  });

describe("parseStatement", () => {
  it("reads subjects and predicate type", () => {
    const statement = parse(valid);
    assert.equal(statement.predicateType, imageSignatureType);
    assert.deepEqual(
      statement.subjects.map(({ name }) => name),
      ["", "second"],
    );
    assert.ok(isAbout(statement, "sha256", sha256));
    assert.ok(isAbout(statement, "sha512", "cd"));
    assert.ok(!isAbout(statement, "sha256", "cd"));
  });

  it("reads version 0.1, and members that are new", () => {
    assert.equal(
      parse({ ...valid, _type: "https://in-toto.io/Statement/v0.1", extra: 1 }).subjects.length,
      2,
    );
  });

  const refused: ReadonlyArray<readonly [why: string, statement: unknown, says: RegExp]> = [
    ["what is no JSON", "{", /^statement: /],
    ["what is no object", [], /an object is expected/],
    ["an unknown type", { ...valid, _type: "https://in-toto.io/Statement/v2" }, /_type/],
    ["no type", { ...valid, _type: undefined }, /_type: a text is expected/],
    ["no subject", { ...valid, subject: [] }, /subject: there is none/],
    ["subjects that are no list", { ...valid, subject: {} }, /subject: a list is expected/],
    [
      "more subjects than anybody needs",
      { ...valid, subject: Array(1025).fill({ digest: {} }) },
      /more than 1024/,
    ],
    [
      "more digests than there are algorithms",
      {
        ...valid,
        subject: [{ digest: Object.fromEntries(Array.from({ length: 33 }, (_, at) => [at, ""])) }],
      },
      /more than 32/,
    ],
    ["a subject without digest", { ...valid, subject: [{ name: "x" }] }, /subject\[0\].digest: an object/],
    [
      "a digest that is no text",
      { ...valid, subject: [{ digest: { sha256: 1 } }] },
      /subject\[0\].digest.sha256: a text/,
    ],
    ["no predicate type", { ...valid, predicateType: undefined }, /predicateType: a text/],
    [
      "a member that comes twice",
      JSON.stringify(valid).replace('"subject":', '"subject":[],"subject":'),
      /Duplicate key "subject"/,
    ],
    [
      "a member deep inside that comes twice",
      JSON.stringify(valid).replace('"predicate":{}', '"predicate":{"a":[{"b":1,"b":2}]}'),
      /Duplicate key "b"/,
    ],
  ];
  for (const [why, statement, message] of refused) {
    it(`refuses ${why}`, () => assert.throws(() => parse(statement), { code: "SIGNATURE_INVALID", message }));
  }

  it("refuses what is not said to be in-toto", () =>
    assert.throws(() => parse(valid, "application/json"), { message: /its payload is "application\/json"/ }));
});
