import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { after, before, describe, it } from "node:test";
import { systemErrorText } from "../system-error.ts";
import { makeDirectory } from "./make-directory.ts";

describe("makeDirectory", () => {
  let root: string;
  before(async () => {
    root = await mkdtemp(join(tmpdir(), "countersign-make-"));
  });
  after(() => rm(root, { recursive: true }));

  it("makes what is missing with its mode, and says where that begins", async () => {
    assert.equal(await makeDirectory(join(root, "a", "b", "c"), 0o700), join(root, "a"));
    for (const path of ["a", "a/b", "a/b/c"])
      assert.equal((await stat(join(root, path))).mode & 0o777, 0o700, path);
    assert.equal(await makeDirectory(join(root, "a", "b", "d")), join(root, "a", "b", "d"));
  });

  it("leaves alone what is there, be it by a link", async () => {
    await mkdir(join(root, "there"), { mode: 0o750 });
    await symlink("there", join(root, "link"));
    assert.equal(await makeDirectory(join(root, "there"), 0o700), undefined);
    assert.equal(await makeDirectory(join(root, "link"), 0o700), undefined);
    assert.equal((await stat(join(root, "there"))).mode & 0o777, 0o750);
    assert.equal(await makeDirectory(join(root, "link", "in")), join(root, "link", "in"));
    assert.equal(await makeDirectory("/"), undefined);
  });

  it("takes a path from where it stands", async () => {
    const path = relative(process.cwd(), join(root, "x", "y"));
    assert.equal(await makeDirectory(path), join(root, "x"));
  });

  it("makes one directory for many who ask at once", async () => {
    const path = join(root, "at", "once");
    const made = await Promise.all(Array.from({ length: 20 }, () => makeDirectory(path)));
    assert.ok(made.some((one) => one === join(root, "at")));
    assert.ok((await stat(path)).isDirectory());
  });

  describe("refuses", () => {
    const rows: ReadonlyArray<readonly [what: string, path: (root: string) => string, why: RegExp]> = [
      // Node's own never ends there
      ["below /proc", () => "/proc/self/x/y", /^\/proc\/self is there, and no directory can be made in it$/],
      ["in /proc", () => "/proc/countersign", /^\/proc is there, and no directory can be made in it$/],
      ["where a file is", (root) => join(root, "file"), /already exists/],
      ["below a file", (root) => join(root, "file", "x", "y"), /not a directory/],
      ["where a link leads nowhere", (root) => join(root, "dangling"), /already exists/],
      ["below a link that leads nowhere", (root) => join(root, "dangling", "x"), /already exists/],
      ["a name that is too long", (root) => join(root, "n".repeat(300)), /too long/],
      ["a path that is none", () => "/tmp/a\0b", /./],
    ];
    for (const [what, pathIn, why] of rows) {
      it(what, { timeout: 10_000 }, async () => {
        await writeFile(join(root, "file"), "");
        await symlink("/nowhere/at/all", join(root, "dangling")).catch(() => {});
        await assert.rejects(makeDirectory(pathIn(root)), (error) => why.test(systemErrorText(error)));
      });
    }
  });
});
