import assert from "node:assert/strict";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { digestOf } from "@countersign/engine/values/digest";
import { type LimitedDisk, limitedDisk } from "../testing/limited-disk.ts";
import { partStore } from "./part-store.ts";

describe("partStore, on a disk that is full,", () => {
  let root: string;
  let disk: LimitedDisk;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), "countersign-parts-"));
    disk = limitedDisk(1_000);
  });
  afterEach(() => rm(root, { recursive: true }));

  const open = () => partStore(root, disk);
  const digest = (text: string) => digestOf(Buffer.from(text));
  const [old, large, small] = ["o".repeat(600), "l".repeat(700), "s"];

  it("has a part for which there is no room as long as it lives, and asks for it again after that", async () => {
    const store = open();
    for (const text of [old, large, small]) await store.keep(digest(text), text);
    assert.equal(await store.find(digest(large)), large);
    const next = open();
    assert.deepEqual([await next.find(digest(large)), await next.find(digest(small))], [undefined, small]);
  });

  it("keeps it after all once others are forgotten", async () => {
    const store = open();
    for (const text of [old, large]) await store.keep(digest(text), text);
    await store.settle("index", new Set([digest(large)]));
    const next = open();
    assert.deepEqual([await next.find(digest(large)), await next.find(digest(old))], [large, undefined]);
    assert.equal(await next.index(), "index");
  });

  it("forgets what it has no room for as everything else", async () => {
    const store = open();
    for (const text of [old, large]) await store.keep(digest(text), text);
    await store.settle("index", new Set());
    assert.deepEqual(
      [await store.find(digest(old)), await store.find(digest(large))],
      [undefined, undefined],
    );
    assert.deepEqual(await readdir(join(root, "parts")), []);
  });

  it("says that the index has no room, and has the one before", async () => {
    const store = open();
    await store.settle("before", new Set());
    disk.capacity = disk.used;
    await assert.rejects(store.settle("after, and longer", new Set()), {
      code: "DISK_FULL",
      message: /no room to write \S+\/index\.json/,
    });
    assert.equal(await open().index(), "before");
    disk.capacity = 1_000;
    await store.settle("after, and longer", new Set());
    assert.equal(await open().index(), "after, and longer");
  });
});
