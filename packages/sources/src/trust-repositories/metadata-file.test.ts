import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { brokenMembers } from "@countersign/testkit/broken-members";
import fc from "fast-check";
import { type KeptRepository, parseMetadataFile, printMetadataFile } from "./metadata-file.ts";

const bytes = fc.uint8Array().map((array) => Buffer.from(array));
const kept: fc.Arbitrary<KeptRepository> = fc.record({
  mirror: fc.string(),
  checked: fc.date({ min: new Date(0), max: new Date("2100-01-01"), noInvalidDate: true }).map(Number),
  metadata: fc.record({
    roots: fc.array(bytes),
    timestamp: bytes,
    snapshot: bytes,
    targets: bytes,
    target: bytes,
  }),
});

describe("parseMetadataFile", () => {
  it("reads what printMetadataFile wrote", () =>
    fc.assert(
      fc.property(kept, (one) => {
        const text = printMetadataFile(one);
        assert.equal(printMetadataFile(parseMetadataFile(Buffer.from(text))), text);
      }),
    ));
});

describe("parseMetadataFile refuses", () => {
  const nothing = Buffer.from("");
  const metadata = { roots: [], timestamp: nothing, snapshot: nothing, targets: nothing, target: nothing };
  const valid = JSON.parse(printMetadataFile({ mirror: "https://tuf.example", checked: 0, metadata }));
  for (const { why, text } of brokenMembers(valid)) {
    it(why, () =>
      assert.throws(() => parseMetadataFile(Buffer.from(text)), { code: "TRUST_REPOSITORY_UNUSABLE" }),
    );
  }

  it("whatever else there is", () =>
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array(), fc.json().map(Buffer.from)), (input) => {
        assert.throws(() => parseMetadataFile(input), { code: "TRUST_REPOSITORY_UNUSABLE" });
      }),
    ));
});
