import assert from "node:assert/strict";
import { mkdir, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { it } from "node:test";
import { diskInMemory } from "../testing/disk-in-memory.ts";
import { nodeDiskContract } from "../testing/node-disk.contract.ts";
import { ownedFiles } from "./owned-files.ts";
import { partStore } from "./part-store.ts";

nodeDiskContract("the disk", async () => {
  const root = await mkdtemp(join(tmpdir(), "countersign-disk-"));
  return {
    store: partStore(join(root, "state")),
    files: ownedFiles(join(root, "state"), new Set()),
    pathOf: (name) => join(root, "files", name),
    close: () => rm(root, { recursive: true }),
  };
});

nodeDiskContract("the disk in memory", async () => ({
  ...diskInMemory(),
  pathOf: (name) => join("/files", name),
  async close() {},
}));

it("what says that all files are there is written after all files are there, also when one cannot be", async () => {
  const root = await mkdtemp(join(tmpdir(), "countersign-disk-"));
  try {
    const files = ownedFiles(join(root, "state"), new Set());
    const [policy, marker] = [join(root, "policies", "shop.json"), join(root, "namespaces.json")];
    // a directory in the file's place: its rename fails
    await files.replace(new Map([[policy, "before"]]));
    await rm(policy);
    await mkdir(join(policy, "x"), { recursive: true });
    files.recheck();
    const wanted = new Map([
      [marker, "shop"],
      [policy, "own"],
    ]);
    await assert.rejects(files.replace(wanted, new Set([marker])));
    assert.deepEqual((await readdir(root)).sort(), ["policies", "state"]);
    await rm(policy, { recursive: true });
    await files.replace(wanted, new Set([marker]));
    assert.equal(await readFile(marker, "utf8"), "shop");
  } finally {
    await rm(root, { recursive: true });
  }
});

it("a state directory that cannot be made ends with the reason, and is not tried for ever", {
  timeout: 10_000,
}, async () => {
  const reason = { message: "/proc/self is there, and no directory can be made in it" };
  const files = ownedFiles("/proc/self/state", new Set());
  await assert.rejects(files.replace(new Map([["/proc/self/policy.json", "{}"]])), reason);
});
