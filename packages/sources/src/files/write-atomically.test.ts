import assert from "node:assert/strict";
import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { writeAtomically } from "./write-atomically.ts";

describe("writeAtomically", () => {
  let root: string;
  before(async () => {
    root = await mkdtemp(join(tmpdir(), "countersign-write-"));
  });
  after(() => rm(root, { recursive: true }));

  it("writes a file that was not there, with its mode", async () => {
    const path = join(root, "new.json");
    await writeAtomically(path, "content", 0o640);
    assert.equal(await readFile(path, "utf8"), "content");
    assert.equal((await stat(path)).mode & 0o777, 0o640);
  });

  it("replaces what was there, also a link: never what it leads to", async () => {
    const victim = join(root, "victim");
    const path = join(root, "link");
    await writeFile(victim, "untouched");
    await symlink(victim, path);
    await writeAtomically(path, "content", 0o600);
    assert.equal(await readFile(victim, "utf8"), "untouched");
    assert.equal(await readFile(path, "utf8"), "content");
  });

  it("leaves nothing behind when it fails", async () => {
    const folder = join(root, "full");
    await mkdir(join(folder, "taken", "deeper"), { recursive: true });
    await assert.rejects(writeAtomically(join(folder, "taken"), "content", 0o600));
    assert.deepEqual(await readdir(folder), ["taken"]);
  });

  it("takes a name as long as names may be", async () => {
    const path = join(root, "n".repeat(255));
    await writeAtomically(path, "content", 0o600);
    assert.equal(await readFile(path, "utf8"), "content");
  });
});
