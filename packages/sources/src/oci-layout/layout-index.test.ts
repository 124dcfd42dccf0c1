import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { CountersignError } from "@countersign/engine/values/error";
import type { LayoutEntry } from "@countersign/engine/values/located-image";
import { mediaTypes } from "@countersign/engine/values/manifest";
import { brokenMembers } from "@countersign/testkit/broken-members";
import fc from "fast-check";
import { chooseManifest, layoutDigest, parseLayoutIndex } from "./layout-index.ts";

const sha256 = `sha256:${"0123456789abcdef".repeat(4)}`;
const refName = "org.opencontainers.image.ref.name";
const parse = (content: unknown) =>
  parseLayoutIndex(Buffer.from(typeof content === "string" ? content : JSON.stringify(content)));
const descriptor = (name?: string, mediaType: string = mediaTypes.ociManifest, digest = sha256) => ({
  mediaType,
  digest,
  annotations: name === undefined ? undefined : { [refName]: name },
});

describe("parseLayoutIndex reads", () => {
  const rows: ReadonlyArray<readonly [what: string, content: unknown, manifests: readonly unknown[]]> = [
    ["an empty index", {}, []],
    ["null", "null", []],
    ["a null list", { manifests: null }, []],
    [
      "a manifest with a name",
      { schemaVersion: 2, manifests: [descriptor("a")] },
      [{ mediaType: mediaTypes.ociManifest, digest: sha256, name: "a" }],
    ],
    [
      "a manifest without anything",
      { manifests: [{}, null] },
      [
        { mediaType: "", digest: "", name: undefined },
        { mediaType: "", digest: "", name: undefined },
      ],
    ],
    [
      "members in any case, annotations in their own",
      { MANIFESTS: [{ Digest: "x", annotations: { [refName.toUpperCase()]: "a" } }] },
      [{ mediaType: "", digest: "x", name: undefined }],
    ],
    [
      "a name of null as an empty one",
      { manifests: [{ annotations: { [refName]: null } }] },
      [{ mediaType: "", digest: "", name: "" }],
    ],
    [
      "an annotation with a name that objects inherit",
      { manifests: [{ annotations: JSON.parse(`{"__proto__":"x","${refName}":"a"}`) }] },
      [{ mediaType: "", digest: "", name: "a" }],
    ],
  ];
  for (const [what, content, manifests] of rows) {
    it(what, () => assert.deepEqual(parse(content), manifests));
  }
});

describe("parseLayoutIndex refuses", () => {
  const rows: ReadonlyArray<readonly [why: string, text: string, message: string]> = [
    ["nothing", "", "EOF"],
    ["white space", " \n", "EOF"],
    ["an index cut short", `{"manifests":[`, "unexpected EOF"],
    ["something else", "hello", "invalid character 'h' looking for beginning of value"],
    ["what follows it", "{}{}", "invalid character '{' after top-level value"],
    ["a list", "[]", "json: cannot unmarshal array into Go value of type v1.Index"],
    [
      "a digest that is no text",
      `{"manifests":[{"digest":1}]}`,
      "json: cannot unmarshal number into Go struct field Descriptor.manifests.digest of type digest.Digest",
    ],
    [
      "a version in quotes",
      `{"schemaVersion":"2"}`,
      "json: cannot unmarshal string into Go struct field Index.Versioned.schemaVersion of type int",
    ],
    [
      "manifests twice",
      `{"manifests":[],"Manifests":[]}`,
      `rejecting ambiguous manifest, key "manifests" occurs more than once`,
    ],
    [
      "a digest twice",
      `{"manifests":[{"digest":"a","digest":"b"}]}`,
      `rejecting ambiguous manifest, key "digest" occurs more than once`,
    ],
    [
      "a name twice",
      `{"manifests":[{"annotations":{"${refName}":"a","${refName}":"b"}}]}`,
      `rejecting ambiguous manifest, key "${refName}" occurs more than once`,
    ],
  ];
  for (const [why, text, message] of rows) {
    it(why, () => assert.throws(() => parse(text), { code: "MANIFEST_INVALID", message }));
  }

  const wrongTypes = brokenMembers({ mediaType: "m", digest: sha256, size: 1, annotations: {} }).filter(
    ({ why }) => / for /.test(why),
  );
  for (const { why, text } of wrongTypes) {
    it(`a descriptor with ${why}`, () =>
      assert.throws(() => parse(`{"manifests":[${text}]}`), { code: "MANIFEST_INVALID" }));
  }
});

describe("chooseManifest", () => {
  const index = parse({
    manifests: [
      descriptor("a", mediaTypes.ociManifest, "first"),
      descriptor("b", "text/plain", "text"),
      descriptor("b", mediaTypes.ociIndex, "second"),
      descriptor("a", mediaTypes.ociManifest, "third"),
      descriptor("c", "text/plain", "text"),
      descriptor("c", "", "nothing"),
      descriptor(undefined, mediaTypes.dockerList, "fourth"),
    ],
  });
  const named = (name: string): LayoutEntry => ({ type: "named", name });
  const chosen: ReadonlyArray<readonly [what: string, entry: LayoutEntry, digest: string]> = [
    ["takes the first of a name", named("a"), "first"],
    ["passes over what cannot run", named("b"), "second"],
    ["counts from nothing", { type: "at", position: 0 }, "first"],
    ["takes what cannot run if it is asked for", { type: "at", position: 1 }, "text"],
    ["counts to the end", { type: "at", position: 6 }, "fourth"],
  ];
  for (const [what, entry, digest] of chosen) {
    it(what, () => assert.equal(chooseManifest(index, entry).digest, digest));
  }
  it("takes the only one without a name", () =>
    assert.equal(chooseManifest(index.slice(6), { type: "only" }).digest, "fourth"));

  const refused: ReadonlyArray<readonly [why: string, entry: LayoutEntry, message: string]> = [
    ["one of many", { type: "only" }, "more than one image in oci, choose an image"],
    ["a name that nothing has", named("d"), `no descriptor found for reference "d"`],
    [
      "a name of what cannot run",
      named("c"),
      `reference "c" matches unsupported manifest MIME types ["text/plain" ""]`,
    ],
    [
      "a position after the end",
      { type: "at", position: 7 },
      "index 7 is too large, only 7 entries available",
    ],
  ];
  for (const [why, entry, message] of refused) {
    it(`refuses ${why}`, () =>
      assert.throws(() => chooseManifest(index, entry), { code: "IMAGE_UNREADABLE", message }));
  }
  it("refuses the only one of none, in the same words", () =>
    assert.throws(() => chooseManifest([], { type: "only" }), {
      message: "more than one image in oci, choose an image",
    }));
});

describe("layoutDigest refuses", () => {
  for (const [digest, why] of [
    ["", "invalid checksum digest format"],
    ["../../etc/passwd", "invalid checksum digest format"],
    ["sha256:../../etc/passwd", "invalid checksum digest length"],
    ["md5:d41d8cd98f00b204e9800998ecf8427e", "unsupported digest algorithm"],
  ] as const) {
    it(JSON.stringify(digest), () =>
      assert.throws(() => layoutDigest({ mediaType: "", digest, name: undefined }), {
        code: "MANIFEST_INVALID",
        message: `unexpected digest reference ${digest}: ${why}`,
      }),
    );
  }
});

describe("parseLayoutIndex, of any bytes,", () => {
  const anything = fc.oneof(
    fc.uint8Array(),
    fc.json().map((text) => Buffer.from(text)),
    fc
      .record({ manifests: fc.array(fc.record({ digest: fc.jsonValue(), annotations: fc.jsonValue() })) })
      .map((value) => Buffer.from(JSON.stringify(value))),
  );
  it("gives manifests or the one error", () =>
    fc.assert(
      fc.property(anything, (bytes) => {
        try {
          assert.ok(Array.isArray(parseLayoutIndex(bytes)));
        } catch (error) {
          assert.equal(CountersignError.from(error).code, "MANIFEST_INVALID");
        }
      }),
    ));
});
