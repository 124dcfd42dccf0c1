import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { decodeHuffman } from "./huffman.ts";

const text = (coded: string): string | undefined =>
  decodeHuffman(Buffer.from(coded, "hex"))?.toString("latin1");

describe("decodeHuffman reads", () => {
  // RFC 7541, appendix C.4 and C.6
  const rows: readonly (readonly [coded: string, text: string])[] = [
    ["", ""],
    ["f1e3c2e5f23a6ba0ab90f4ff", "www.example.com"],
    ["a8eb10649cbf", "no-cache"],
    ["25a849e95ba97d7f", "custom-key"],
    ["25a849e95bb8e8b4bf", "custom-value"],
    ["6402", "302"],
    ["aec3771a4b", "private"],
    ["d07abe941054d444a8200595040b8166e082a62d1bff", "Mon, 21 Oct 2013 20:13:21 GMT"],
    ["9d29ad171863c78f0b97c8e9ae82ae43d3", "https://www.example.com"],
    [
      "94e7821dd7f2e6c7b335dfdfcd5b3960d5af27087f3672c1ab270fb5291f9587316065c003ed4ee5b1063d5007",
      "foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1",
    ],
    // The ends of appendix B's table: the shortest code, the longest ones, the last byte.
    ["07", "0"],
    ["fffffff3", "\n"],
    ["fffffff7", "\r"],
    ["fffffffb", "\x16"],
    ["fffffe2fffffe3fffffe4f", "\x02\x03\x04"],
    ["fffffbbf", "\xff"],
  ];
  for (const [coded, expected] of rows)
    it(JSON.stringify(expected), () => assert.equal(text(coded), expected));
});

describe("decodeHuffman refuses", () => {
  const rows: readonly (readonly [why: string, coded: string])[] = [
    ["padding of eight bits", "07ff"],
    ["padding that is not of ones", "00"],
    ["padding that begins with ones and ends with a zero", "06"],
    ["EOS", "ffffffff"],
    ["EOS behind a character", "07ffffffff"],
    ["a code that breaks off", "fffffe"],
  ];
  for (const [why, coded] of rows) it(why, () => assert.equal(text(coded), undefined));
});

it("decodeHuffman never throws, and gives at most eight bytes for every five", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      const decoded = decodeHuffman(bytes);
      return decoded === undefined || decoded.length * 5 <= bytes.length * 8;
    }),
  );
});
