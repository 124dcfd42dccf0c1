import assert from "node:assert/strict";
import { link, mkdtemp, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import fc from "fast-check";
import { limitedDisk } from "../testing/limited-disk.ts";
import { type DiskWrites, systemDisk } from "./disk-writes.ts";

function diskContract(what: string, disk: DiskWrites): void {
  describe(`${what} keeps the contract of a disk:`, () => {
    let root: string;
    before(async () => {
      root = await mkdtemp(join(tmpdir(), "countersign-disk-"));
    });
    after(() => rm(root, { recursive: true }));

    for (const how of ["write", "writeDisposable"] as const) {
      it(`${how} makes a file with its mode, and the directory that was missing, and replaces it`, async () => {
        const path = join(root, how, "deeper", "file.json");
        await disk[how](path, "long content", 0o600);
        assert.equal((await stat(join(root, how))).mode & 0o777, 0o700);
        await disk[how](path, "short", 0o600);
        assert.equal(await readFile(path, "utf8"), "short");
        assert.equal((await stat(path)).mode & 0o777, 0o600);
      });
    }

    it("whoever may read a file may enter the directory that is made for it", async () => {
      await disk.write(join(root, "open", "file.json"), "{}", 0o644);
      assert.equal((await stat(join(root, "open"))).mode & 0o777, 0o755);
    });

    it("shrink writes what is no longer over what is there", async () => {
      const path = join(root, "shrunk.json");
      const texts = fc.tuple(fc.string({ minLength: 2 }), fc.string());
      await fc.assert(
        fc.asyncProperty(texts, async ([content, more]) => {
          await disk.write(path, content + more, 0o644);
          assert.equal(await disk.shrink(path, content), true);
          assert.equal(await readFile(path, "utf8"), content);
        }),
        { numRuns: 25 },
      );
    });

    it("shrink touches nothing that is shorter, not there, a link, or has another name", async () => {
      const [short, long] = [join(root, "short"), join(root, "long")];
      await disk.write(short, "short", 0o644);
      await writeFile(long, "longer than that");
      await symlink(long, join(root, "link"));
      assert.equal(await disk.shrink(short, "longer"), false);
      assert.equal(await disk.shrink(join(root, "absent"), "text"), false);
      assert.equal(await disk.shrink(join(root, "link"), "text"), false);
      await link(long, join(root, "second"));
      assert.equal(await disk.shrink(long, "text"), false);
      assert.deepEqual(await Promise.all([short, long].map((path) => readFile(path, "utf8"))), [
        "short",
        "longer than that",
      ]);
    });

    it("remove removes, also what is gone", async () => {
      const path = join(root, "gone");
      await disk.write(path, "text", 0o644);
      await disk.remove(path);
      await disk.remove(path);
      await assert.rejects(readFile(path), { code: "ENOENT" });
      await disk.remove(root);
      assert.ok((await stat(root)).isDirectory());
    });
  });
}

diskContract("the system's disk", systemDisk);
diskContract("a limited disk with room", limitedDisk(1_000_000));

it(
  "a directory that cannot be made ends with the reason, and is not tried for ever",
  { timeout: 10_000 },
  () =>
    assert.rejects(systemDisk.write("/proc/self/state/owned-files.json", "{}", 0o600), {
      message: "/proc/self is there, and no directory can be made in it",
    }),
);
