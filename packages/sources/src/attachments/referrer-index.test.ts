import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { digestOf } from "@countersign/engine/values/digest";
import { CountersignError } from "@countersign/engine/values/error";
import fc from "fast-check";
import { parseReferrerIndex } from "./referrer-index.ts";

const digest = digestOf(Buffer.from("x"));
const parse = (value: unknown) =>
  parseReferrerIndex(Buffer.from(typeof value === "string" ? value : JSON.stringify(value)));
const bare = { artifactType: "", predicateType: undefined };

describe("parseReferrerIndex gives", () => {
  it("what each entry says of itself", () => {
    const annotations = { "dev.sigstore.bundle.predicateType": "p", other: "x" };
    assert.deepEqual(parse({ manifests: [{ digest }, { digest, artifactType: "a/b", annotations }] }), {
      entries: [
        { digest, ...bare },
        { digest, artifactType: "a/b", predicateType: "p" },
      ],
      faults: [],
    });
  });

  for (const [what, value] of [
    ["no manifests", {}],
    ["null for manifests", { manifests: null }],
    ["an empty list", { manifests: [] }],
  ] as const) {
    it(`nothing for ${what}`, () => assert.deepEqual(parse(value), { entries: [], faults: [] }));
  }

  it("the good entries among broken ones, and where those are", () =>
    assert.deepEqual(parse({ manifests: [1, { digest }, {}, { digest: "sha256:zz" }] }), {
      entries: [{ digest, ...bare }],
      faults: [
        "entry 1: JSON object expected, got number",
        "entry 3: invalid checksum digest format",
        "entry 4: invalid checksum digest length",
      ],
    }));

  it("an entry whose hints are none, without them", () =>
    assert.deepEqual(parse({ manifests: [{ digest, artifactType: 1, annotations: [] }] }).entries, [
      { digest, ...bare },
    ]));

  it("no entry that says its digest twice: readers would differ about it", () =>
    assert.match(
      parse(`{"manifests":[{"digest":"${digest}","Digest":"${digest}"}]}`).faults[0] ?? "",
      /ambiguous/,
    ));
});

describe("parseReferrerIndex refuses", () => {
  const rows: readonly (readonly [why: string, text: string, code: string])[] = [
    ["text", "x", "JSON_INVALID"],
    ["nothing", "", "JSON_INVALID"],
    ["a list", "[]", "MANIFEST_INVALID"],
    ["manifests that are none", `{"manifests":{}}`, "MANIFEST_INVALID"],
    ["two lists", `{"manifests":[],"Manifests":[]}`, "MANIFEST_INVALID"],
    ["more parts than anyone reads", `{"manifests":[${"1,".repeat(600_000)}1]}`, "TOO_LARGE"],
  ];
  for (const [why, text, code] of rows) it(why, () => assert.throws(() => parse(text), { code }));

  it("or reads whatever there is, and nothing else happens", () =>
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.string()), (text) => {
        try {
          parse(text);
        } catch (error) {
          assert.match(CountersignError.from(error).code, /^(JSON|MANIFEST)_INVALID$/);
        }
      }),
    ));
});
