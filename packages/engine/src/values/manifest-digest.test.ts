import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { digestOf } from "./digest.ts";
import { manifestDigest } from "./manifest-digest.ts";

const payload = `{\n   "schemaVersion": 1,\n   "name": "app"\n}`;
const kept = payload.slice(0, -2); // everything before the last line end and brace

const base64url = (text: string) => Buffer.from(text).toString("base64url");

function protectedHeader(
  formatLength: unknown = kept.length,
  formatTail: unknown = base64url("\n}"),
): string {
  return base64url(JSON.stringify({ formatLength, formatTail, time: "2016-01-01T00:00:00Z" }));
}

function signedWith(signatures: unknown): Uint8Array {
  return Buffer.from(`${kept},\n   "signatures": ${JSON.stringify(signatures)}\n}`);
}

describe("manifestDigest", () => {
  it("is that of the bytes, whatever they are", () => {
    for (const text of [payload, "{}", "", `{"schemaVersion":2,"signatures":[]}`]) {
      assert.equal(manifestDigest(Buffer.from(text)), digestOf(Buffer.from(text)));
    }
  });

  it("is that of the bytes before schema 1's signatures were put in", () => {
    const expected = digestOf(Buffer.from(payload));
    assert.equal(manifestDigest(signedWith([{ protected: protectedHeader() }])), expected);
    const spaced = protectedHeader().replace(/^(.{9})/, "$1 \n");
    assert.equal(
      manifestDigest(signedWith([{ protected: spaced }, { protected: protectedHeader() }])),
      expected,
    );
  });
});

describe("manifestDigest refuses a signed schema 1 manifest", () => {
  const refused: ReadonlyArray<readonly [why: string, signatures: unknown, message: string]> = [
    ["whose signatures are no list", 1, "missing signature key"],
    ["with no signature", [], "missing signature"],
    ["without a protected header", [{}], "missing protected"],
    ["whose header is no base64", [{ protected: "+" }], "illegal base64url string"],
    ["whose header is no JSON", [{ protected: base64url("{") }], "unexpected end of JSON input"],
    ["without a length", [{ protected: protectedHeader(null) }], "missing formatted length"],
    ["with a negative length", [{ protected: protectedHeader(-1) }], "missing formatted length"],
    ["with a length beyond its end", [{ protected: protectedHeader(99_999) }], "invalid format length"],
    ["without a tail", [{ protected: protectedHeader(1, 1) }], "missing formatTail"],
    [
      "with two lengths",
      [{ protected: protectedHeader() }, { protected: protectedHeader(1) }],
      "conflicting format length",
    ],
    [
      "with two tails",
      [{ protected: protectedHeader() }, { protected: protectedHeader(kept.length, "") }],
      "conflicting format tail",
    ],
  ];
  for (const [why, signatures, message] of refused) {
    it(why, () =>
      assert.throws(() => manifestDigest(signedWith(signatures)), {
        code: "MANIFEST_INVALID",
        message: `computing manifest digest: ${message}`,
      }),
    );
  }

  it("whose signatures have a name that only some readers know", () => {
    const manifest = Buffer.from(`${kept},"Signatures":[]}`);
    assert.throws(() => manifestDigest(manifest), {
      code: "MANIFEST_INVALID",
      message: /missing signature key$/,
    });
  });
});
