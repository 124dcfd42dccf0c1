import assert from "node:assert/strict";
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { digestOf } from "@countersign/engine/values/digest";
import { parseDockerImage } from "@countersign/engine/values/located-image";
import { type TemporaryRoot, temporaryRoot } from "@countersign/testkit/registry/temporary-root";
import { writeEvidence } from "./evidence-directory.ts";
import { openEvidenceSeed } from "./evidence-seed.ts";
import { openEvidenceShelf } from "./evidence-shelf.ts";
import { printRecord } from "./print-record.ts";
import type { RecordedImage } from "./recorded-image.ts";

const recorded = (content: string, name = "registry.example/app:1", at = 0): RecordedImage => ({
  image: parseDockerImage(name),
  platforms: [],
  at,
  manifest: { bytes: Buffer.from(content), mediaType: "application/vnd.oci.image.manifest.v1+json" },
  instances: new Map(),
  signatures: new Map(),
  attachments: [],
});
const one = recorded("one");
const digest = digestOf(one.manifest.bytes);

function setUp(root: TemporaryRoot) {
  const directory = join(root.path, "seed");
  mkdirSync(directory);
  const state = { now: 0, failed: [] as string[], ignored: [] as string[] };
  const open = () =>
    openEvidenceSeed(
      directory,
      { now: () => state.now },
      {
        failed: (path) => void state.failed.push(path),
        ignored: (path, why) => void state.ignored.push(`${path.slice(directory.length + 1)}: ${why}`),
      },
    );
  return { directory, state, open };
}

describe("an evidence seed", () => {
  it("has what a policy test recorded, by the digest that it is about", async () => {
    using root = temporaryRoot();
    const { directory, open, state } = setUp(root);
    await writeEvidence(directory, one);
    await writeEvidence(directory, recorded("one", "mirror.example:5000/deep/app:2", 7));
    const found = await open().find(digest);
    assert.deepEqual(
      found.map(({ image, at }) => [image.reference.domain, at]),
      [
        ["mirror.example:5000", 7],
        ["registry.example", 0],
      ],
    );
    assert.deepEqual([state.failed, state.ignored], [[], []]);
  });

  it("has what another node kept", async () => {
    using root = temporaryRoot();
    const { directory, open } = setUp(root);
    const events = { failed: assert.fail, discarded: assert.fail };
    const shelf = openEvidenceShelf(directory, { bytes: 1e6, age: 1e12 }, { now: () => 0 }, events);
    await shelf.keep(one);
    assert.equal((await open().find(digest)).length, 1);
  });

  it("finds nothing of what it has not", async () => {
    using root = temporaryRoot();
    assert.deepEqual(await setUp(root).open().find(digest), []);
  });

  it("looks for new files a minute after it looked last, not each time", async () => {
    using root = temporaryRoot();
    const { directory, open, state } = setUp(root);
    const seed = open();
    assert.deepEqual(await seed.find(digest), []);
    await writeEvidence(directory, one);
    state.now = 60_000;
    assert.deepEqual(await seed.find(digest), []);
    state.now = 60_001;
    assert.equal((await seed.find(digest)).length, 1);
  });

  it("gives nothing of a file that was replaced by one about another image", async () => {
    using root = temporaryRoot();
    const { directory, open } = setUp(root);
    const path = await writeEvidence(directory, one);
    const seed = open();
    assert.equal((await seed.find(digest)).length, 1);
    writeFileSync(path, printRecord(recorded("two")));
    assert.deepEqual(await seed.find(digest), []);
  });

  it("is never written", async () => {
    using root = temporaryRoot();
    const { directory, open, state } = setUp(root);
    writeFileSync(join(directory, "broken.json"), "{");
    await open().find(digest);
    await open().find(digest);
    assert.match(state.ignored[0] ?? "", /^broken\.json: /);
    rmSync(join(directory, "broken.json"));
  });
});

describe("an evidence seed ignores", () => {
  it("what is no evidence, and says so once for each version of it", async () => {
    using root = temporaryRoot();
    const { directory, open, state } = setUp(root);
    writeFileSync(join(directory, "notes.txt"), "not looked at");
    writeFileSync(join(directory, "broken.json"), "{");
    const seed = open();
    for (let minute = 0; minute < 3; minute++) {
      state.now += 60_001;
      await seed.find(digest);
    }
    assert.equal(state.ignored.length, 1);
  });

  it("links, which may lead out of it", async () => {
    using root = temporaryRoot();
    const { directory, open, state } = setUp(root);
    const elsewhere = join(root.path, "elsewhere");
    await writeEvidence(elsewhere, one);
    symlinkSync(elsewhere, join(directory, "folder"));
    symlinkSync(join(elsewhere, "registry.example/app%3A1.json"), join(directory, "file.json"));
    assert.deepEqual(await open().find(digest), []);
    assert.deepEqual([state.failed, state.ignored], [[], []]);
  });

  it("a directory that is not there, says so once, and takes it when it comes", async () => {
    using root = temporaryRoot();
    const { directory, open, state } = setUp(root);
    rmSync(directory, { recursive: true });
    const seed = open();
    assert.deepEqual(await seed.find(digest), []);
    assert.deepEqual(await seed.find(digest), []);
    assert.deepEqual(state.failed, [directory]);
    await writeEvidence(directory, one);
    assert.equal((await seed.find(digest)).length, 1);
  });
});
