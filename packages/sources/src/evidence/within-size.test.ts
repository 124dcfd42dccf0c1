import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { digestOf } from "@countersign/engine/values/digest";
import { parseDockerImage } from "@countersign/engine/values/located-image";
import type { UnverifiedSignature } from "@countersign/engine/verify/ports";
import { printRecord } from "./print-record.ts";
import type { RecordedAttachments, RecordedImage } from "./recorded-image.ts";
import { withinSize } from "./within-size.ts";

const manifest = { bytes: Buffer.from("manifest"), mediaType: "" };
const digest = digestOf(manifest.bytes);
const bundle = (location: string, size: number): UnverifiedSignature => ({
  type: "bundle",
  location,
  bytes: Buffer.alloc(size, location),
});
const attached = (tagPrefix: string, ...found: readonly UnverifiedSignature[]): RecordedAttachments => ({
  query: { subject: digest, kind: "attestations", place: { repository: undefined, tagPrefix } },
  found,
});
const recording = (
  attachments: readonly RecordedAttachments[],
  signature: UnverifiedSignature = bundle("s", 100),
): RecordedImage => ({
  image: parseDockerImage("registry.example/app:1"),
  platforms: [],
  at: 0,
  manifest,
  instances: new Map(),
  signatures: new Map([[digest, [signature]]]),
  attachments,
});
const outline = ({ query, found }: RecordedAttachments) => [query, ...found.map(({ location }) => location)];
const limit = 20_000;
const [small, large, larger] = [attached("a", bundle("a", 100)), bundle("b", 12_000), bundle("c", 13_000)];

describe("of a recording that is too large, there is kept", () => {
  const cases: ReadonlyArray<
    readonly [
      what: string,
      all: readonly RecordedAttachments[],
      older: readonly RecordedAttachments[],
      kept: readonly RecordedAttachments[],
    ]
  > = [
    ["all of one that is not", [small, attached("b", large)], [small], [small, attached("b", large)]],
    [
      "what is smaller, however much somebody pushes beside it",
      [small, attached("b", large), attached("c", larger)],
      [small, attached("b", large)],
      [small, attached("b", large)],
    ],
    [
      "the newer of two as large",
      [attached("b", large), small, attached("d", bundle("d", 12_000))],
      [attached("b", large), small],
      [small, attached("d", bundle("d", 12_000))],
    ],
    [
      "what was in a place before it was filled",
      [attached("a", bundle("a", 100), larger), attached("b", large)],
      [small, attached("b", large)],
      [small, attached("b", large)],
    ],
    [
      "nothing of a place that was filled before, either",
      [attached("b", large, larger), small],
      [attached("b", larger, large), small],
      [small],
    ],
  ];
  for (const [what, all, older, kept] of cases) {
    it(what, () => {
      const less = withinSize(recording(all), recording(older), limit);
      assert.deepEqual(less?.attachments.map(outline), kept.map(outline));
      assert.ok(Buffer.byteLength(printRecord(recording(kept))) <= limit);
    });
  }

  it("nothing where signatures alone are", () => {
    const signed = recording([small], bundle("s", limit));
    assert.equal(withinSize(signed, recording([small]), limit), undefined);
  });
});
