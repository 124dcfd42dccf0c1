import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { diskInMemory } from "../testing/disk-in-memory.ts";
import { nodeDiskContract } from "../testing/node-disk.contract.ts";
import { systemDisk } from "./disk-writes.ts";
import { ownedFiles } from "./owned-files.ts";
import { partStore } from "./part-store.ts";

nodeDiskContract("the disk", async () => {
  const root = await mkdtemp(join(tmpdir(), "countersign-disk-"));
  return {
    store: partStore(join(root, "state"), systemDisk),
    files: ownedFiles({
      ...{ directory: join(root, "state"), adopts: new Set(), disk: systemDisk },
      others: async () => new Map(),
    }),
    pathOf: (name) => join(root, "files", name),
    close: () => rm(root, { recursive: true }),
  };
});

nodeDiskContract("the disk in memory", async () => ({
  ...diskInMemory(),
  pathOf: (name) => join("/files", name),
  async close() {},
}));
