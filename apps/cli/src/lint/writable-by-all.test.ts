import assert from "node:assert/strict";
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { writableHints } from "./writable-by-all.ts";

let home: string;
before(async () => {
  home = await mkdtemp(join(tmpdir(), "countersign-lint-"));
});
after(() => rm(home, { recursive: true }));

async function hintsOf(name: string, fileMode: number, directoryMode: number) {
  const directory = join(home, name);
  const file = join(directory, "policy.json");
  await mkdir(directory);
  await writeFile(file, "");
  await chmod(file, fileMode);
  await chmod(directory, directoryMode);
  return writableHints(file, "");
}

describe("lint hints at a file", () => {
  it("that everybody may write", async () => {
    const file = join(home, "open", "policy.json");
    assert.deepEqual(await hintsOf("open", 0o646, 0o755), [
      {
        code: "FILE_WRITABLE_BY_ALL",
        path: "",
        message: `everybody on this machine may write ${file}, and so decide what may run`,
        remedy: `chmod o-w ${file}`,
      },
    ]);
  });

  it("that everybody may replace", async () => {
    const [hint] = await hintsOf("replaceable", 0o644, 0o777);
    assert.equal(hint?.remedy, `chmod o-w ${join(home, "replaceable")}`);
  });

  it("that a link leads to", async () => {
    await hintsOf("target", 0o646, 0o755);
    await mkdir(join(home, "links"), { mode: 0o755 });
    await symlink(join(home, "target", "policy.json"), join(home, "links", "policy.json"));
    assert.equal((await writableHints(join(home, "links", "policy.json"), "x")).length, 1);
  });
});

describe("lint says nothing of a file", () => {
  it("that its owner may write", async () => assert.deepEqual(await hintsOf("own", 0o644, 0o755), []));
  it("that its group may write", async () => assert.deepEqual(await hintsOf("group", 0o664, 0o775), []));
  it("in a directory where everybody may write only what is theirs", async () =>
    assert.deepEqual(await hintsOf("sticky", 0o644, 0o1777), []));
  it("that is not there", async () => assert.deepEqual(await writableHints(join(home, "x"), ""), []));
});
