import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { digestOf } from "@countersign/engine/values/digest";
import type { OwnedFiles } from "../sync/owned-files.ts";
import type { PartStore } from "../sync/part-store.ts";
import type { WantedFiles } from "../sync/sync-target.ts";

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

    it("parts are forgotten before anything else is settled, for the room that they take", async () => {
      for (const text of ["needed", "old"]) await disk.store.keep(digest(text), text);
      await disk.store.forgetOthers(new Set([digest("needed")]));
      assert.equal(await disk.store.find(digest("needed")), "needed");
      assert.equal(await disk.store.find(digest("old")), undefined);
    });

    it("files become what is wanted, and only what changed is said to have", async () => {
      const [a, b, c] = [disk.pathOf("a"), disk.pathOf("b"), disk.pathOf("c")];
      const changedBy = async (wanted: Partial<WantedFiles>) =>
        [...(await disk.files.replace({ ...nothing, ...wanted })).changed].sort();
      const first: Partial<WantedFiles> = {
        shared: new Map([[a, "1"]]),
        namespaces: new Map([["b", { path: b, content: "1" }]]),
      };
      assert.deepEqual(await changedBy(first), [a, b]);
      assert.deepEqual(await changedBy(first), []);
      assert.deepEqual(await changedBy({ shared: new Map([[a, "2"]]), last: new Map([[c, "1"]]) }), [
        a,
        b,
        c,
      ]);
      assert.deepEqual(await changedBy({}), [a, c]);
    });
  });
}

const nothing: WantedFiles = {
  ...{ shared: new Map(), namespaces: new Map(), last: new Map() },
  ruledIn: { directory: "/nonexistent", namespaces: new Set() },
};
