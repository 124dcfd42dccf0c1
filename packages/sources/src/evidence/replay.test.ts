import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { digestOf } from "@countersign/engine/values/digest";
import { parseNamedReference } from "@countersign/engine/values/image-reference";
import { parseDockerImage } from "@countersign/engine/values/located-image";
import { fixedSources } from "@countersign/engine/verify/fixed-sources";
import type {
  AttachmentQuery,
  ImageSourceOpener,
  UnverifiedSignature,
} from "@countersign/engine/verify/ports";
import { keepingEvidence } from "./keep-evidence.ts";
import type { RecordedImage } from "./recorded-image.ts";
import { replay, replayAndAdd } from "./replay.ts";

const { signal } = new AbortController();
const image = parseDockerImage("registry.example/app:1");
const manifest = { bytes: Buffer.from("{}"), mediaType: "application/vnd.oci.image.manifest.v1+json" };
const subject = digestOf(manifest.bytes);
const here: AttachmentQuery = {
  subject,
  kind: "signatures",
  place: { repository: undefined, tagPrefix: "" },
};
const elsewhere: AttachmentQuery = {
  ...here,
  kind: "attestations",
  place: { repository: parseNamedReference("sigs.example/a"), tagPrefix: "" },
};
const bundle: UnverifiedSignature = { type: "bundle", bytes: Buffer.from("b"), location: "l" };
const recorded: RecordedImage = {
  image,
  platforms: [],
  at: 0,
  manifest,
  instances: new Map(),
  signatures: new Map([[subject, []]]),
  attachments: [{ query: here, found: [bundle] }],
};

/** Says of every question that it was asked. */
function live(asked: AttachmentQuery[]): ImageSourceOpener {
  const fixed = fixedSources(new Map([["docker://registry.example/app:1", { manifest }]]));
  return {
    async open(located, within) {
      const source = await fixed.open(located, within);
      return {
        ...source,
        async attachments(query) {
          asked.push(query);
          return [{ ...bundle, location: "live" }];
        },
      };
    },
  };
}

describe("a recorded image", () => {
  it("is served under its own name, and no other", async () => {
    assert.deepEqual((await replay(recorded).open(image, signal)).manifest, manifest);
    await assert.rejects(replay(recorded).open(parseDockerImage("registry.example/app:2"), signal));
  });
});

describe("a replayed image", () => {
  it("has what was recorded", async () => {
    const source = await replay(recorded).open(image, signal);
    assert.deepEqual(await source.attachments(here, signal), [bundle]);
    assert.deepEqual(await source.signatures(subject, signal), []);
  });

  const other = digestOf(Buffer.from("other"));
  const unknown: readonly (readonly [what: string, query: AttachmentQuery, told: RegExp])[] = [
    [
      "another kind",
      { ...here, kind: "attestations" },
      /of the attestations of sha256:\w+ in its repository/,
    ],
    ["another manifest", { ...here, subject: other }, new RegExp(`of the signatures of ${other} in`)],
    [
      "another repository",
      { ...elsewhere, kind: "signatures" },
      /in sigs\.example\/a: it was recorded without$/,
    ],
    ["another prefix", { ...here, place: { repository: undefined, tagPrefix: "x" } }, /in its repository/],
  ];
  for (const [what, query, message] of unknown) {
    it(`does not say of ${what}, which nobody looked for, that there is nothing`, async () => {
      const source = await replay(recorded).open(image, signal);
      await assert.rejects(source.attachments(query, signal), { code: "EVIDENCE_UNUSABLE", message });
    });
  }

  it("does not say of a manifest whose signatures nobody looked for that it is unsigned", async () => {
    const source = await replay(recorded).open(image, signal);
    await assert.rejects(source.signatures(other, signal), { code: "EVIDENCE_UNUSABLE" });
  });
});

describe("a replayed image to which is added", () => {
  it("has what nobody had looked for from where it is, once", async () => {
    const asked: AttachmentQuery[] = [];
    const grown: RecordedImage[] = [];
    const sources = replayAndAdd(recorded, live(asked), async (one) => void grown.push(one));
    for (let n = 0; n < 2; n++) {
      const source = await sources.open(image, signal);
      assert.deepEqual(await source.attachments(here, signal), [bundle]);
      assert.deepEqual(await source.attachments(elsewhere, signal), [{ ...bundle, location: "live" }]);
    }
    assert.deepEqual(asked, [elsewhere]);
    assert.deepEqual(
      grown.map(({ attachments }) => attachments.map(({ query }) => query)),
      [[here, elsewhere]],
    );
  });
});

describe("keepingEvidence", () => {
  it("keeps what was attached, also for a policy that asks for nothing else", async () => {
    const kept: RecordedImage[] = [];
    const keep = async (one: RecordedImage) => void kept.push(one);
    const opener = keepingEvidence(live([]), { keep }, { now: () => 7 });
    const source = await opener.open(image, signal);
    assert.equal(kept.length, 0);
    await source.attachments(elsewhere, signal);
    assert.deepEqual(kept[0], {
      ...recorded,
      at: 7,
      signatures: new Map(),
      attachments: [{ query: elsewhere, found: [{ ...bundle, location: "live" }] }],
    });
    const again = await replay(kept[0] ?? assert.fail()).open(image, signal);
    assert.deepEqual(await again.attachments(elsewhere, signal), await source.attachments(elsewhere, signal));
  });

  it("asks nothing twice of one source", async () => {
    const asked: AttachmentQuery[] = [];
    const opener = keepingEvidence(live(asked), { keep: async () => {} }, { now: () => 0 });
    const source = await opener.open(image, signal);
    for (let n = 0; n < 3; n++) await source.attachments(here, signal);
    assert.equal(asked.length, 1);
  });
});
