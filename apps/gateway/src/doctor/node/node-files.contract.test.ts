import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { type TemporaryRoot, temporaryRoot } from "@countersign/testkit/registry/temporary-root";
import { plantedFiles } from "../../testing/planted-files.ts";
import { filesBelow } from "./files-below.ts";
import { type NodeFiles, readText } from "./node-files.ts";

/** What both have, real and made up. */
const links: Readonly<Record<string, string>> = {
  "/run/var": "/etc",
  "/etc/absolute": "/etc/dir/file",
  "/etc/relative": "../etc/dir/./file",
  "/etc/out": "../../../../../../../etc/dir/file",
  "/etc/loop": "loop",
  "/etc/gone": "/nowhere/at/all",
};

let root: TemporaryRoot;
before(() => {
  root = temporaryRoot();
  chmodSync(root.path, 0o755);
  root.write("etc/dir/file", "text");
  mkdirSync(join(root.path, "run"));
  for (const [path, target] of Object.entries(links)) symlinkSync(target, join(root.path, path));
  chmodSync(join(root.path, "etc/dir/file"), 0o640);
  chmodSync(join(root.path, "etc/dir"), 0o1777);
});
after(() => root[Symbol.dispose]());

const implementations: ReadonlyArray<readonly [name: string, open: () => NodeFiles]> = [
  ["filesBelow", () => filesBelow(root.path)],
  [
    "plantedFiles",
    () =>
      plantedFiles({
        "/etc/dir": { kind: "directory", mode: 0o1777 },
        "/etc/dir/file": { text: "text", mode: 0o640 },
        ...Object.fromEntries(Object.entries(links).map(([path, link]) => [path, { link }])),
      }),
  ],
];

for (const [name, open] of implementations) {
  describe(`${name}, as all files of nodes,`, () => {
    it("finds a file with its mode and size", async () => {
      const looked = await open().look("/etc/dir/file");
      assert.ok(looked.type === "found");
      const { path, kind, mode, size } = looked.file;
      assert.deepEqual([path, kind, mode, size], ["/etc/dir/file", "file", 0o640, 4]);
    });

    it("finds a directory with its sticky bit", async () => {
      const looked = await open().look("/etc/dir/");
      assert.deepEqual(looked.type === "found" && [looked.file.kind, looked.file.mode], [
        "directory",
        0o1777,
      ]);
    });

    for (const path of ["/etc/absolute", "/etc/relative", "/etc/out", "/run/var/relative"]) {
      it(`follows ${path} within the node`, async () => {
        const looked = await open().look(path);
        assert.equal(looked.type === "found" && looked.file.path, "/etc/dir/file");
        assert.deepEqual(await readText(open(), path, 4), { type: "read", text: "text" });
      });
    }

    it("lists names in order", async () =>
      assert.deepEqual(await open().list("/run/var"), {
        type: "listed",
        names: ["absolute", "dir", "gone", "loop", "out", "relative"],
      }));

    it("says what a link says", async () => {
      assert.equal(await open().linkText("/etc/gone"), "/nowhere/at/all");
      assert.equal(await open().linkText("/etc/dir"), undefined);
      assert.equal(await open().linkText("/etc/none"), undefined);
    });

    for (const path of ["/etc/none", "/etc/gone", "/nowhere/file"]) {
      it(`misses ${path}`, async () => {
        assert.deepEqual(await open().look(path), { type: "missing" });
        assert.deepEqual(await open().read(path, 4), { type: "missing" });
        assert.deepEqual(await open().list(path), { type: "missing" });
      });
    }

    const barred: ReadonlyArray<
      readonly [what: string, look: (files: NodeFiles) => Promise<{ type: string }>]
    > = [
      ["go round in circles", (files) => files.look("/etc/loop")],
      ["read a file that is larger than was asked for", (files) => files.read("/etc/dir/file", 3)],
      ["read a directory", (files) => files.read("/etc/dir", 100)],
      ["list a file", (files) => files.list("/etc/dir/file")],
    ];
    for (const [what, look] of barred) {
      it(`does not ${what}`, async () => assert.equal((await look(open())).type, "barred"));
    }
  });
}

describe("filesBelow", () => {
  it("reads no FIFO, which would never end", async () => {
    execFileSync("mkfifo", [join(root.path, "fifo")]);
    assert.deepEqual(await filesBelow(root.path).read("/fifo", 4), {
      type: "barred",
      why: "/fifo: not a regular file",
    });
  });

  it("never leads out of the image of a node, whatever its links say", async () => {
    root.write("secret", "the node's");
    symlinkSync("/secret", join(root.path, "stolen"));
    symlinkSync("../../../secret", join(root.path, "climbing"));
    for (const path of ["/stolen", "/climbing", "/../../secret"]) {
      assert.deepEqual(await readText(filesBelow(root.path), path, 100), {
        type: "read",
        text: "the node's",
      });
    }
  });
});
