import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { digestOf } from "@countersign/engine/values/digest";
import type { OwnedFiles } from "../sync/owned-files.ts";
import type { PartStore } from "../sync/part-store.ts";

export interface DiskUnderTest {
  readonly store: PartStore;
  readonly files: OwnedFiles;
  /** an absolute path that nobody else uses */
  pathOf(name: string): string;
  close(): Promise<void>;
}

/** What a node's sync relies on, whatever keeps it. */
export function nodeDiskContract(what: string, open: () => Promise<DiskUnderTest>): void {
  describe(`${what} keeps the contract of a node's disk:`, () => {
    let disk: DiskUnderTest;
    before(async () => {
      disk = await open();
    });
    after(() => disk.close());
    const digest = (text: string) => digestOf(Buffer.from(text));

    it("there is nothing at first", async () => {
      assert.equal(await disk.store.index(), undefined);
      assert.equal(await disk.store.find(digest("part")), undefined);
    });

    it("a part that was kept is found until an index is settled that does not use it", async () => {
      for (const text of ["used", "unused"]) await disk.store.keep(digest(text), text);
      assert.equal(await disk.store.find(digest("unused")), "unused");
      await disk.store.settle("index", new Set([digest("used")]));
      assert.equal(await disk.store.index(), "index");
      assert.equal(await disk.store.find(digest("used")), "used");
      assert.equal(await disk.store.find(digest("unused")), undefined);
    });

    it("files become what is wanted, and only what changed is said to have", async () => {
      const [a, b, c] = [disk.pathOf("a"), disk.pathOf("b"), disk.pathOf("c")];
      const first = new Map([
        [a, "1"],
        [b, "1"],
      ]);
      assert.deepEqual([...(await disk.files.replace(first))].sort(), [a, b]);
      assert.deepEqual(await disk.files.replace(first), []);
      const second = new Map([
        [a, "2"],
        [c, "1"],
      ]);
      assert.deepEqual([...(await disk.files.replace(second, new Set([c])))].sort(), [a, b, c]);
      assert.deepEqual(await disk.files.replace(new Map()), [a, c]);
    });
  });
}
