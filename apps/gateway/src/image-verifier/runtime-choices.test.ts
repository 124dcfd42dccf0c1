import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { digestOf } from "@countersign/engine/values/digest";
import { chooseInstance, parseIndex } from "@countersign/engine/values/image-index";
import { mediaTypes, type Platform } from "@countersign/engine/values/manifest";
import fc from "fast-check";
import { runtimeChoices } from "./runtime-choices.ts";

const node: Platform = { os: "linux", architecture: "amd64", variant: "" };
const digest = digestOf(Buffer.from("manifest"));

type Entry = Readonly<Record<string, unknown>>;
const indexOf = (...manifests: readonly Entry[]) => ({
  mediaType: mediaTypes.ociIndex,
  bytes: Buffer.from(JSON.stringify({ schemaVersion: 2, manifests })),
});
const choicesFor = (platform: Entry | undefined, on = node) =>
  runtimeChoices(indexOf({ digest, size: 1, ...(platform && { platform }) }), on).length;

describe("containerd may run, of an index, an entry", () => {
  const rows: ReadonlyArray<readonly [what: string, platform: Entry | undefined, on?: Platform]> = [
    ["for this processor", { os: "linux", architecture: "amd64" }],
    ["for a variant of it", { os: "linux", architecture: "amd64", variant: "v3" }],
    ["that spells it as uname does", { os: "linux", architecture: "x86_64" }],
    ["that spells it with a dash", { os: "linux", architecture: "x86-64" }],
    ["in capitals", { os: "LINUX", architecture: "AMD64" }],
    ["that names its members in capitals, as Go reads them", { OS: "linux", Architecture: "amd64" }],
    ["that says no system", { architecture: "amd64" }],
    ["that says no platform", undefined],
    [
      "for aarch64, on arm64",
      { os: "linux", architecture: "aarch64" },
      { os: "linux", architecture: "arm64", variant: "v8" },
    ],
    [
      "for armhf, on arm",
      { os: "linux", architecture: "armhf" },
      { os: "linux", architecture: "arm", variant: "v7" },
    ],
  ];
  for (const [what, platform, on] of rows) it(what, () => assert.equal(choicesFor(platform, on), 1));
});

describe("containerd does not run, of an index, an entry", () => {
  const rows: ReadonlyArray<readonly [what: string, platform: Entry]> = [
    ["for another processor", { os: "linux", architecture: "arm64" }],
    ["for another system", { os: "windows", architecture: "amd64" }],
    ["that is an attestation of BuildKit's", { os: "unknown", architecture: "unknown" }],
    ["that says the system alone", { os: "linux" }],
  ];
  for (const [what, platform] of rows) it(what, () => assert.equal(choicesFor(platform), 0));
});

it("an image is no index, and has no entries", () =>
  assert.deepEqual(
    runtimeChoices({ mediaType: mediaTypes.ociManifest, bytes: Buffer.from("{}") }, node),
    [],
  ));

it("what containers/image would choose is always among containerd's choices", () => {
  const text = fc.constantFrom("", "linux", "LINUX", "amd64", "AMD64", "x86_64", "v2", "arm64");
  const platform = fc.record({ os: text, architecture: text, variant: text }, { requiredKeys: [] });
  const entry = fc.record({ seed: fc.nat(), platform: fc.option(platform, { nil: undefined }) });
  fc.assert(
    fc.property(fc.array(entry, { maxLength: 8 }), (entries) => {
      const index = indexOf(
        ...entries.map(({ seed, platform }) => ({ digest: digestOf(Buffer.from(`${seed}`)), platform })),
      );
      const chosen = (() => {
        try {
          return chooseInstance(parseIndex(index.bytes, "ociIndex"), node).digest;
        } catch {
          return undefined;
        }
      })();
      const choices: readonly string[] = runtimeChoices(index, node);
      assert.ok(chosen === undefined || choices.includes(chosen));
    }),
  );
});

describe("runtimeChoices refuses", () => {
  it("an entry whose digest is none", () =>
    assert.throws(() => runtimeChoices(indexOf({ digest: "sha256:1" }), node), { code: "DIGEST_INVALID" }));

  it("an index with more entries for this machine than anybody looks at", () => {
    const entries = Array.from({ length: 17 }, (_, at) => ({ digest: digestOf(Buffer.from(`${at}`)) }));
    assert.throws(() => runtimeChoices(indexOf(...entries), node), {
      code: "MANIFEST_INVALID",
      message: /^the index has 17 manifests/,
    });
  });
});
