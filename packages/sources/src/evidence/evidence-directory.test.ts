import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { CountersignError } from "@countersign/engine/values/error";
import { parseNamedReference } from "@countersign/engine/values/image-reference";
import { parseDockerImage } from "@countersign/engine/values/located-image";
import { manifestDigest } from "@countersign/engine/values/manifest-digest";
import { brokenMembers } from "@countersign/testkit/broken-members";
import { temporaryRoot } from "@countersign/testkit/registry/temporary-root";
import { createSigningKit } from "@countersign/testkit/signing-kit/signing-kit";
import fc from "fast-check";
import { readEvidence, writeEvidence } from "./evidence-directory.ts";
import { parseRecord } from "./parse-record.ts";
import { printRecord } from "./print-record.ts";
import type { RecordedImage } from "./recorded-image.ts";

const kit = createSigningKit();
const app = parseDockerImage("registry.example:5000/shop/app:v1");
const manifest = { mediaType: "application/vnd.oci.image.manifest.v1+json", bytes: Buffer.from(`{"a":"é"}`) };
const digest = manifestDigest(manifest.bytes);
const recorded: RecordedImage = {
  image: app,
  platforms: [
    { os: "linux", architecture: "amd64", variant: "" },
    { os: "linux", architecture: "arm64", variant: "v8" },
  ],
  at: kit.now * 1000,
  manifest,
  instances: new Map([[digest, manifest]]),
  signatures: new Map([
    [
      digest,
      [
        { type: "simpleSigning", bytes: Buffer.from([0x90, 0xff]), location: "file:///sigs/signature-1" },
        kit.sign(kit.key("release"), { digest, reference: "registry.example:5000/shop/app" }),
      ],
    ],
  ]),
  attachments: [
    {
      query: { subject: digest, kind: "signatures", place: { repository: undefined, tagPrefix: "" } },
      found: [
        { type: "bundle", bytes: Buffer.from(`{"bundle":1}`), location: "registry.example/app@sha256:1" },
        kit.sign(kit.key("release"), { digest, reference: "registry.example:5000/shop/app" }),
        {
          type: "unreadable",
          location: "registry.example/app@sha256:2",
          reason: "it is listed, and not there",
        },
      ],
    },
    {
      query: {
        subject: digest,
        kind: "attestations",
        place: { repository: parseNamedReference("sigs.example/shop"), tagPrefix: "prod-" },
      },
      found: [],
    },
  ],
};

describe("writeEvidence", () => {
  it("keeps an image under its name, for readEvidence to find", async () => {
    using root = temporaryRoot();
    const path = await writeEvidence(join(root.path, "evidence"), recorded);
    assert.equal(path, join(root.path, "evidence/registry.example%3A5000/shop/app%3Av1.json"));
    const found = await readEvidence(join(root.path, "evidence"), app);
    assert.equal(printRecord(found), printRecord(recorded));
  });

  it("replaces what was kept before", async () => {
    using root = temporaryRoot();
    await writeEvidence(root.path, recorded);
    await writeEvidence(root.path, { ...recorded, at: 0 });
    assert.equal((await readEvidence(root.path, app)).at, 0);
  });

  it("ends where no directory can be made", { timeout: 10_000 }, async () => {
    await assert.rejects(writeEvidence("/proc/self/evidence", recorded), {
      code: "EVIDENCE_UNUSABLE",
      message:
        /^cannot write \/proc\/self\/evidence\/.*: \/proc\/self is there, and no directory can be made in it/,
    });
  });

  it("says which file it cannot write", async () => {
    using root = temporaryRoot();
    const file = root.write("evidence", "");
    await assert.rejects(writeEvidence(file, recorded), {
      code: "EVIDENCE_UNUSABLE",
      message: /^cannot write .*evidence\/registry\.example%3A5000\/shop\/app%3Av1\.json: ENOTDIR/,
    });
  });
});

describe("readEvidence", () => {
  it("reads what was written before there were attachments, and knows of none", async () => {
    using root = temporaryRoot();
    const path = await writeEvidence(root.path, { ...recorded, attachments: [] });
    const { attachments, ...rest } = JSON.parse(await readFile(path, "utf8"));
    assert.deepEqual(attachments, []);
    await writeFile(path, JSON.stringify({ ...rest, evidence: "1" }));
    assert.equal(
      printRecord(await readEvidence(root.path, app)),
      printRecord({ ...recorded, attachments: [] }),
    );
  });
});

describe("readEvidence refuses", () => {
  async function reading(change: (path: string) => Promise<void>): Promise<string> {
    using root = temporaryRoot();
    await change(await writeEvidence(root.path, recorded));
    const caught: unknown = await readEvidence(root.path, app).catch((error: unknown) => error);
    const { code, message } = CountersignError.from(caught);
    assert.equal(code, "EVIDENCE_UNUSABLE");
    return message.replaceAll(root.path, "");
  }
  const replacing = (text: string, by: string) => async (path: string) => {
    const before = await readFile(path, "utf8");
    assert.ok(before.includes(text), text);
    await writeFile(path, before.replace(text, by));
  };
  const place = "/registry.example%3A5000/shop/app%3Av1.json";
  const rows: ReadonlyArray<
    readonly [why: string, change: (path: string) => Promise<void>, message: RegExp]
  > = [
    [
      "a manifest that was edited",
      replacing('{\\"a\\":', '{\\"b\\":'),
      /: blobs\["sha256:\w+"\]: this was changed: it is sha256:/,
    ],
    [
      "a signed payload that was edited",
      replacing('shop/app\\"', 'shop/own\\"'),
      /: blobs\["sha256:\w+"\]: this was changed/,
    ],
    [
      "a signature that was edited",
      replacing('"kP8="', '"kP4="'),
      /: blobs\["sha256:\w+"\]: this was changed/,
    ],
    [
      "a digest that nothing has",
      replacing(`"blob": "${digest}"`, `"blob": "sha256:${"0".repeat(64)}"`),
      /: blobs: sha256:0{64} is missing$/,
    ],
    [
      "evidence of another image",
      replacing("shop/app:v1", "shop/app:v2"),
      /^\S+ is about another image, registry\.example:5000\/shop\/app:v2$/,
    ],
    ["another format", replacing('"evidence": "2"', '"evidence": "3"'), /: evidence: "2" is expected$/],
    [
      "an older format with what it did not have",
      replacing('"evidence": "2"', '"evidence": "1"'),
      /: evidence: "2" is expected$/,
    ],
    [
      "attachments of no kind",
      replacing('"kind": "signatures"', '"kind": "sboms"'),
      /: attachments\[0\]\.kind: "sboms": neither signatures nor attestations$/,
    ],
    [
      "attachments of an image instead of a repository",
      replacing("sigs.example/shop", "sigs.example/shop:1"),
      /: attachments\[1\]\.repository: .*a repository is expected$/,
    ],
    [
      "a platform that is none",
      replacing("linux/amd64", "amd64"),
      /: platforms\[0\]: "amd64": not a platform$/,
    ],
    [
      "a time that is none",
      replacing("2026-01-01T00:00:00.000Z", "2026-01-01"),
      /: recorded: "2026-01-01": not a time as it is written here$/,
    ],
    [
      "a signature of no type",
      replacing('"simpleSigning"', '"pgp"'),
      /\[0\]\.type: "simpleSigning" is expected$/,
    ],
    [
      "half a file",
      async (path) => writeFile(path, printRecord(recorded).slice(0, 500)),
      /: unexpected end of JSON input$/,
    ],
    [
      "marks of a merge",
      replacing('"platforms"', '<<<<<<< HEAD\n"platforms"'),
      /: invalid character '<' looking for beginning of object key string$/,
    ],
    [
      "a directory in its place",
      async (path) => {
        await rm(path);
        mkdirSync(path);
      },
      /is a directory$/,
    ],
  ];
  for (const [why, change, message] of rows) {
    it(why, async () => {
      const told = await reading(change);
      assert.ok(told.includes(place), told);
      assert.match(told, message);
    });
  }

  it("an image of which nothing is kept", async () => {
    using root = temporaryRoot();
    await assert.rejects(readEvidence(root.path, app), {
      code: "EVIDENCE_UNUSABLE",
      message: `no evidence of the image is kept: open ${root.path}${place}: no such file or directory`,
    });
  });
});

describe("parseRecord refuses", () => {
  const valid = JSON.parse(printRecord(recorded));
  for (const { why, text } of brokenMembers(valid)) {
    it(why, () => assert.throws(() => parseRecord(Buffer.from(text)), { code: "EVIDENCE_UNUSABLE" }));
  }
  const [[, entries]] = Object.entries(valid.signatures) as [[string, object[]]];
  for (const entry of [
    valid.manifest,
    ...entries,
    ...valid.attachments,
    ...valid.attachments[0].found,
  ] as Readonly<Record<string, unknown>>[]) {
    for (const { why, text } of brokenMembers(entry)) {
      const spoilt = JSON.stringify(valid).replace(JSON.stringify(entry), text);
      it(`${why}, in ${entry["type"] ?? "a manifest"}`, () =>
        assert.throws(() => parseRecord(Buffer.from(spoilt)), { code: "EVIDENCE_UNUSABLE" }));
    }
  }

  it("whatever else there is", () =>
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array(), fc.json().map(Buffer.from)), (bytes) => {
        assert.throws(() => parseRecord(bytes), { code: "EVIDENCE_UNUSABLE" });
      }),
    ));
});
