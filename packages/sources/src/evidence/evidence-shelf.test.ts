import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { digestOf } from "@countersign/engine/values/digest";
import { parseDockerImage } from "@countersign/engine/values/located-image";
import { type TemporaryRoot, temporaryRoot } from "@countersign/testkit/registry/temporary-root";
import { openEvidenceShelf } from "./evidence-shelf.ts";
import type { RecordedImage } from "./record-image.ts";
import type { ShelfLimits } from "./shelf-index.ts";

const recorded = (content: string, name = "registry.example/app:1", at = 0): RecordedImage => ({
  image: parseDockerImage(name),
  platforms: [],
  at,
  manifest: { bytes: Buffer.from(content), mediaType: "application/vnd.oci.image.manifest.v1+json" },
  instances: new Map(),
  signatures: new Map(),
});
const one = recorded("one");
const digest = digestOf(one.manifest.bytes);
const plenty: ShelfLimits = { bytes: 1_000_000, age: 1000 * 3_600_000 };

function setUp(root: TemporaryRoot) {
  const directory = join(root.path, "evidence");
  const state = { now: Date.now(), failed: [] as string[], discarded: [] as string[] };
  return {
    directory,
    state,
    open: (limits = plenty) =>
      openEvidenceShelf(
        directory,
        limits,
        { now: () => state.now },
        {
          failed: (path) => void state.failed.push(path),
          discarded: (path, why) => void state.discarded.push(`${path.slice(directory.length)}: ${why}`),
        },
      ),
    files: () =>
      existsSync(directory)
        ? readdirSync(directory, { recursive: true, withFileTypes: true })
            .filter((entry) => entry.isFile())
            .map((entry) => join(entry.parentPath, entry.name))
        : [],
  };
}

describe("an evidence shelf", () => {
  it("needs no directory to find nothing", async () => {
    using root = temporaryRoot();
    const { open, state } = setUp(root);
    const shelf = await open();
    assert.deepEqual(await shelf.find(digest), []);
    assert.deepEqual([shelf.usage, state.failed], [{ files: 0, bytes: 0 }, []]);
  });

  it("gives what it was given, also after a restart", async () => {
    using root = temporaryRoot();
    const { open } = setUp(root);
    await (await open()).keep(one);
    const [found] = await (await open()).find(digest);
    assert.deepEqual(Buffer.from(found?.manifest.bytes ?? ""), one.manifest.bytes);
    assert.deepEqual(found?.image, one.image);
  });

  it("keeps one record for each repository, the newest first", async () => {
    using root = temporaryRoot();
    const shelf = await setUp(root).open();
    await shelf.keep(recorded("one", "registry.example/app:1", 1));
    await shelf.keep(recorded("one", "mirror.example/app:1", 3));
    await shelf.keep(recorded("one", "registry.example/app:2", 2));
    assert.deepEqual(
      (await shelf.find(digest)).map(({ image, at }) => [image.reference.domain, image.reference.tag, at]),
      [
        ["mirror.example", "1", 3],
        ["registry.example", "2", 2],
      ],
    );
  });

  it("keeps no more than sixteen repositories of one digest", async () => {
    using root = temporaryRoot();
    const { open, files } = setUp(root);
    const shelf = await open();
    for (let i = 0; i < 20; i++) await shelf.keep(recorded("one", `registry.example/app-${i}:1`));
    assert.equal(files().length, 16);
    assert.equal(shelf.usage.files, 16);
  });

  it("changes its revision with what it has, and only then", async () => {
    using root = temporaryRoot();
    const shelf = await setUp(root).open();
    const before = shelf.revision(digest);
    await shelf.keep(recorded("another"));
    assert.equal(shelf.revision(digest), before);
    await shelf.keep(one);
    const after = shelf.revision(digest);
    assert.notEqual(after, before);
    await shelf.find(digest);
    assert.equal(shelf.revision(digest), after);
  });

  it("lets nobody else read it", async () => {
    using root = temporaryRoot();
    const { open, files } = setUp(root);
    await (await open()).keep(one);
    assert.deepEqual(
      files().map((path) => statSync(path).mode & 0o777),
      [0o600],
    );
  });
});

describe("an evidence shelf that is full", () => {
  it("drops what was of use least recently", async () => {
    using root = temporaryRoot();
    const { open, state } = setUp(root);
    const size = async () => {
      const shelf = await open();
      await shelf.keep(one);
      return shelf.usage.bytes;
    };
    const bytes = await size();
    const shelf = await open({ ...plenty, bytes: bytes * 2 + 10 });
    state.now += 1;
    await shelf.keep(recorded("two"));
    state.now += 1;
    await shelf.find(digest);
    state.now += 1;
    await shelf.keep(recorded("six"));
    assert.equal((await shelf.find(digest)).length, 1);
    assert.equal((await shelf.find(digestOf(Buffer.from("two")))).length, 0);
    assert.equal((await shelf.find(digestOf(Buffer.from("six")))).length, 1);
  });

  it("drops what was of no use for too long, also when it is opened", async () => {
    using root = temporaryRoot();
    const { open, files, state } = setUp(root);
    await (await open()).keep(one);
    const [path = ""] = files();
    const old = new Date(state.now - plenty.age - 1000);
    utimesSync(path, old, old);
    assert.equal((await open()).usage.files, 0);
    assert.deepEqual(files(), []);
  });
});

describe("an evidence shelf, of a file that is not what it wrote,", () => {
  const spoilt: ReadonlyArray<readonly [why: string, spoil: (path: string) => void]> = [
    ["cut short", (path) => writeFileSync(path, readFileSync(path).subarray(0, 100))],
    ["empty", (path) => writeFileSync(path, "")],
    [
      "with another manifest",
      (path) => writeFileSync(path, readFileSync(path, "utf8").replace('"one"', '"two"')),
    ],
    [
      "about another image",
      (path) => writeFileSync(path, readFileSync(path, "utf8").replaceAll("one", "two")),
    ],
  ];
  for (const [why, spoil] of spoilt) {
    it(`${why}, finds nothing, says so and drops it`, async () => {
      using root = temporaryRoot();
      const { open, files, state } = setUp(root);
      const shelf = await open();
      await shelf.keep(one);
      for (const path of files()) spoil(path);
      assert.deepEqual(await shelf.find(digest), []);
      assert.equal(state.discarded.length, 1);
      assert.deepEqual(files(), []);
    });
  }

  it("half-written by a process that died, removes it and leaves strangers' files alone", async () => {
    using root = temporaryRoot();
    const { directory, open, files } = setUp(root);
    await (await open()).keep(one);
    const folder = join(directory, digest.replace(":", "-"));
    writeFileSync(join(folder, "0d7c11c5.new"), "{");
    writeFileSync(join(directory, "README"), "a stranger's");
    assert.equal((await open()).usage.files, 1);
    assert.deepEqual(
      files().map((path) => path.endsWith(".new")),
      [false, false],
    );
  });
});

describe("an evidence shelf that cannot be written", () => {
  it("says so and goes on", async () => {
    using root = temporaryRoot();
    const { directory, open, state } = setUp(root);
    root.write("evidence", "a file where the directory should be");
    const shelf = await open();
    await shelf.keep(one);
    assert.equal(state.failed.length, 1);
    assert.ok(state.failed[0]?.startsWith(directory));
    assert.deepEqual(await shelf.find(digest), []);
  });
});
