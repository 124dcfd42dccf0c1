import assert from "node:assert/strict";
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { temporaryRoot } from "@countersign/testkit/registry/temporary-root";
import { ownDirectory, ownNames, whoElseWrites } from "./own-directory.ts";

const us = 1000;

describe("whoElseWrites", () => {
  const rows: readonly (readonly [what: string, uid: number, mode: number, who: string | undefined])[] = [
    ["nobody to our own", us, 0o40700, undefined],
    ["nobody to root's", 0, 0o40755, undefined],
    ["nobody to what others may read", us, 0o40755, undefined],
    ["its owner", 1001, 0o40700, "it belongs to user 1001"],
    ["its group", us, 0o40770, "others can write to it (mode 0770)"],
    ["everybody", 0, 0o40777, "others can write to it (mode 0777)"],
    [
      "everybody, though they may remove only what is theirs",
      0,
      0o41777,
      "others can write to it (mode 1777)",
    ],
  ];
  for (const [what, uid, mode, who] of rows)
    it(what, () => assert.equal(whoElseWrites({ uid, mode }, us), who));
});

describe("a directory of ours", () => {
  function open() {
    const root = temporaryRoot();
    const directory = join(root.path, "kept");
    mkdirSync(directory, { mode: 0o700 });
    writeFileSync(join(directory, "one"), "");
    const link = join(root.path, "link");
    symlinkSync(directory, link);
    return { directory, link, file: join(directory, "one"), [Symbol.dispose]: () => root[Symbol.dispose]() };
  }

  it("gives its names, also by a link that was configured", async () => {
    using at = open();
    assert.deepEqual(await ownNames(at.directory, "folder"), ["one"]);
    assert.deepEqual(await ownNames(at.link, "configured"), ["one"]);
    assert.equal(await ownDirectory(at.link, "configured"), true);
  });

  it("is none where a link or a file stands in its place, or nothing", async () => {
    using at = open();
    for (const path of [at.link, at.file, `${at.directory}/none`]) {
      assert.deepEqual(await ownNames(path, "folder"), []);
      assert.equal(await ownDirectory(path, "folder"), false);
    }
  });

  it("is refused once others can write to it, and says what to do", async () => {
    using at = open();
    chmodSync(at.directory, 0o777);
    const refusal = {
      code: "CONFIG_INVALID",
      message: `${at.directory} is not used, for others can write to it (mode 0777): remove it, or chown it and chmod go-w it if you know what is in it`,
    };
    await assert.rejects(ownNames(at.directory, "configured"), refusal);
    await assert.rejects(ownDirectory(at.directory, "folder"), refusal);
  });
});
