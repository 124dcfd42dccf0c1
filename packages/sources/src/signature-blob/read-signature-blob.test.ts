import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { CountersignError } from "@countersign/engine/values/error";
import { brokenMembers } from "@countersign/testkit/broken-members";
import fc from "fast-check";
import { readSignatureBlob } from "./read-signature-blob.ts";

const location = "/sigs/signature-1";
const read = (bytes: Uint8Array) => readSignatureBlob(bytes, location);
const sigstore = (json: string) => Buffer.from(`\0sigstore-json\n${json}`);

const openPgpStarts = [
  ...["a0", "a1", "a2", "a3", "c8", "90", "91", "92", "3d", "c4"],
  ...["88", "89", "8a", "8b", "c2"],
];

describe("readSignatureBlob takes for simple signing", () => {
  for (const start of openPgpStarts) {
    it(`what starts with ${start}, whole`, () => {
      const bytes = Buffer.from(`${start}00ff`, "hex");
      assert.deepEqual(read(bytes), { type: "simpleSigning", bytes, location });
    });
  }

  it("whatever stands below the line that says so", () => {
    const found = read(Buffer.from("\0simple-signing\n\0\n"));
    assert.deepEqual(found, { type: "simpleSigning", bytes: Buffer.from("\0\n"), location });
  });

  it("nothing else by its first byte", () => {
    const other = Array.from({ length: 256 }, (_, byte) => byte).filter(
      (byte) => !openPgpStarts.includes(byte.toString(16).padStart(2, "0")),
    );
    assert.equal(other.length, 256 - openPgpStarts.length);
    for (const byte of other)
      assert.throws(() => read(Uint8Array.of(byte)), { code: "SIGNATURE_UNREADABLE" });
  });
});

describe("readSignatureBlob reads of sigstore-json", () => {
  const rows: readonly (readonly [
    what: string,
    json: string,
    mediaType: string,
    payload: string,
    annotations: Readonly<Record<string, string>>,
  ])[] = [
    ["all three members", `{"mimeType":"m","payload":"eHk=","annotations":{"a":"b"}}`, "m", "xy", { a: "b" }],
    ["nothing from an empty object", "{}", "", "", {}],
    ["nothing from null", " null ", "", "", {}],
    ["nothing from nulls", `{"mimeType":null,"payload":null,"annotations":null}`, "", "", {}],
    [
      "names in any case",
      `{"MIMETYPE":"m","PayLoad":"eHk=","ANNOTATION\u017f":{"a":"b"}}`,
      "m",
      "xy",
      { a: "b" },
    ],
    ["no unknown member", `{"x":[{}],"mimeType":"m","payload ":"eHk="}`, "m", "", {}],
    ["a payload as a list of bytes", `{"payload":[120,null,121]}`, "", "x\0y", {}],
    ["base64 with line ends in it", `{"payload":"eH\\r\\nk="}`, "", "xy", {}],
    ["the last of two types", `{"mimeType":"m","mimetype":"n"}`, "n", "", {}],
    ["a type that a later null leaves", `{"mimeType":"m","mimeType":null}`, "m", "", {}],
    ["the last of two payloads", `{"payload":"eHk=","payload":"eg=="}`, "", "z", {}],
    ["no payload that a later null clears", `{"payload":"eHk=","payload":null}`, "", "", {}],
    [
      "an earlier payload through a later one's nulls",
      `{"payload":"eHk=","payload":[null,122]}`,
      "",
      "xz",
      {},
    ],
    ["nothing through an empty list", `{"payload":"eHk=","payload":[],"payload":[null]}`, "", "\0", {}],
    ["annotations that are null as empty", `{"annotations":{"a":null}}`, "", "", { a: "" }],
    ["the last of two annotations", `{"annotations":{"a":"1","a":"2"}}`, "", "", { a: "2" }],
    [
      "two lists of annotations together",
      `{"annotations":{"a":"1","b":"1"},"annotations":{"b":"2"}}`,
      "",
      "",
      { a: "1", b: "2" },
    ],
    ["no annotations that a later null clears", `{"annotations":{"a":"1"},"annotations":null}`, "", "", {}],
    [
      "annotations named as objects' own members",
      `{"annotations":{"__proto__":"x"}}`,
      "",
      "",
      { ["__proto__"]: "x" },
    ],
  ];
  for (const [what, json, mediaType, payload, annotations] of rows) {
    it(what, () => {
      const found = read(sigstore(json));
      assert.ok(found.type === "sigstore");
      assert.equal(found.mediaType, mediaType);
      assert.equal(Buffer.from(found.payload).toString("latin1"), payload);
      assert.deepEqual([...found.annotations], Object.entries(annotations));
      assert.equal(found.location, location);
    });
  }
});

describe("readSignatureBlob refuses", () => {
  const rows: readonly (readonly [why: string, blob: string, message: string])[] = [
    ["nothing at all", "", "empty signature blob"],
    [
      "armored OpenPGP",
      "-----BEGIN PGP MESSAGE-----",
      "unrecognized signature format, starting with binary 0x2d",
    ],
    ["a page", "<html>", "unrecognized signature format, starting with binary 0x3c"],
    ["JSON without its line", "{}", "unrecognized signature format, starting with binary 0x7b"],
    ["a small first byte", "\x05", "unrecognized signature format, starting with binary 0x5"],
    ["a format without an end", "\0simple-signing", "invalid signature format, missing newline"],
    ["only a zero byte", "\0", "invalid signature format, missing newline"],
    ["a format with a strange byte", "\0form\xffat\n", "invalid signature format, non-ASCII byte 0xff"],
    ["a format with a tab", "\0simple-signing\t\n", "invalid signature format, non-ASCII byte 0x9"],
    ["a carriage return", "\0sigstore-json\r\n{}", "invalid signature format, non-ASCII byte 0xd"],
    ["a format that nobody knows", `\0"new"\n`, `unrecognized signature format "\\"new\\""`],
    ["no format", "\0\n", `unrecognized signature format ""`],
    ["a format in capitals", "\0Sigstore-JSON\n{}", `unrecognized signature format "Sigstore-JSON"`],
    ["no JSON", "\0sigstore-json\n", "unexpected end of JSON input"],
    ["JSON cut short", `\0sigstore-json\n{"payload":`, "unexpected end of JSON input"],
    ["something else", "\0sigstore-json\n&", "invalid character '&' looking for beginning of value"],
    ["something after it", "\0sigstore-json\n{} {}", "invalid character '{' after top-level value"],
    [
      "a list",
      "\0sigstore-json\n[]",
      "json: cannot unmarshal array into Go value of type signature.sigstoreJSONRepresentation",
    ],
    [
      "a type that is a number",
      `\0sigstore-json\n{"mimeType":1}`,
      "json: cannot unmarshal number into Go struct field sigstoreJSONRepresentation.mimeType of type string",
    ],
    [
      "a payload that is an object",
      `\0sigstore-json\n{"Payload":{}}`,
      "json: cannot unmarshal object into Go struct field sigstoreJSONRepresentation.payload of type []uint8",
    ],
    [
      "a payload of large numbers",
      `\0sigstore-json\n{"payload":[256]}`,
      "json: cannot unmarshal number 256 into Go struct field sigstoreJSONRepresentation.payload of type uint8",
    ],
    ["a payload with blanks", `\0sigstore-json\n{"payload":"eH k="}`, "illegal base64 data at input byte 2"],
    [
      "an annotation that is an object",
      `\0sigstore-json\n{"annotations":{"a":{}}}`,
      "json: cannot unmarshal object into Go struct field sigstoreJSONRepresentation.annotations of type string",
    ],
    [
      "the first of two faults",
      `\0sigstore-json\n{"annotations":[],"payload":"*"}`,
      "json: cannot unmarshal array into Go struct field sigstoreJSONRepresentation.annotations of type map[string]string",
    ],
    [
      "a spoilt member, though it is written again",
      `\0sigstore-json\n{"mimeType":1,"mimeType":"m"}`,
      "json: cannot unmarshal number into Go struct field sigstoreJSONRepresentation.mimeType of type string",
    ],
  ];
  for (const [why, blob, message] of rows) {
    it(why, () =>
      assert.throws(() => read(Buffer.from(blob, "latin1")), {
        code: "SIGNATURE_UNREADABLE",
        message: `parsing signature "/sigs/signature-1": ${message}`,
      }),
    );
  }

  it("in the words for an address, if it has one", () =>
    assert.throws(() => readSignatureBlob(new Uint8Array(), "https://h/s", "https://h/s"), {
      message: "parsing signature https://h/s: empty signature blob",
    }));

  const wrongTypes = brokenMembers({ mimeType: "m", payload: "eHk=", annotations: {} }).filter(({ why }) =>
    / for /.test(why),
  );
  for (const { why, text } of wrongTypes) {
    it(why, () => assert.throws(() => read(sigstore(text)), { code: "SIGNATURE_UNREADABLE" }));
  }

  it("JSON that is small to send and large to read", () =>
    assert.throws(() => read(sigstore(`{"x":[${"{},".repeat(400_000)}{}]}`)), { code: "TOO_LARGE" }));
});

describe("readSignatureBlob, of any bytes,", () => {
  const anyBlob = fc.oneof(
    fc.uint8Array({ maxLength: 64 }),
    fc.uint8Array({ maxLength: 64 }).map((bytes) => Buffer.concat([sigstore(""), bytes])),
    fc.json().map(sigstore),
    fc
      .record(
        {
          mimeType: fc.jsonValue(),
          payload: fc.oneof(fc.base64String(), fc.jsonValue()),
          annotations: fc.oneof(fc.dictionary(fc.string(), fc.string()), fc.jsonValue()),
        },
        { requiredKeys: [] },
      )
      .map((value) => sigstore(JSON.stringify(value))),
  );

  it("gives a signature or the one error, naming the place", () =>
    fc.assert(
      fc.property(anyBlob, (bytes) => {
        try {
          assert.equal(read(bytes).location, location);
        } catch (error) {
          const { code, message } = CountersignError.from(error);
          assert.equal(code, "SIGNATURE_UNREADABLE");
          assert.ok(message.startsWith(`parsing signature "${location}": `));
        }
      }),
    ));

  it("reads what containers/image would have written", () =>
    fc.assert(
      fc.property(
        fc.string(),
        fc.uint8Array(),
        fc.dictionary(fc.string({ unit: "binary" }), fc.string()),
        (mimeType, payload, annotations) => {
          const base64 = Buffer.from(payload).toString("base64");
          const found = read(sigstore(JSON.stringify({ mimeType, payload: base64, annotations })));
          assert.ok(found.type === "sigstore");
          assert.equal(found.mediaType, mimeType);
          assert.deepEqual(Buffer.from(found.payload), Buffer.from(payload));
          assert.deepEqual(new Map(found.annotations), new Map(Object.entries(annotations)));
        },
      ),
    ));
});
