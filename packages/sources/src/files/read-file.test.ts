import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { temporaryRoot } from "@countersign/testkit/registry/temporary-root";
import { readRegularFile } from "./read-file.ts";

const root = temporaryRoot();
after(() => root[Symbol.dispose]());
const at = (name: string): string => join(root.path, name);

describe("readRegularFile reads", () => {
  const files: readonly (readonly [what: string, size: number, limit: number])[] = [
    ["an empty file", 0, 10],
    ["a file of just the limit", 10, 10],
    ["a file of many blocks", 300_000, 1_000_000],
  ];
  for (const [what, size, limit] of files) {
    it(what, async () => {
      const content = Buffer.alloc(size, "0123456789");
      const reading = await readRegularFile(root.write("file", content), limit);
      assert.deepEqual(reading, { type: "read", bytes: content });
    });
  }

  it("what a symbolic link leads to", async () => {
    symlinkSync(root.write("target", "x"), at("link"));
    assert.equal((await readRegularFile(at("link"), 10)).type, "read");
  });

  it("a file that does not tell its size", async () => {
    const reading = await readRegularFile("/proc/self/status", 1_000_000);
    assert.ok(reading.type === "read" && reading.bytes.length > 0);
  });
});

describe("readRegularFile refuses", () => {
  mkdirSync(at("directory"));
  execFileSync("mkfifo", [at("fifo")]);
  symlinkSync("circle", at("circle"));
  root.write("plain", "x".repeat(11));
  const refused: readonly (readonly [why: string, path: string, message: string])[] = [
    ["a directory", at("directory"), `read ${at("directory")}: is a directory`],
    ["a FIFO, without waiting for a writer", at("fifo"), `read ${at("fifo")}: not a regular file`],
    ["a device that never ends", "/dev/zero", "read /dev/zero: not a regular file"],
    ["a path through a file", at("plain/x"), `open ${at("plain/x")}: not a directory`],
    ["links in a circle", at("circle"), `open ${at("circle")}: too many levels of symbolic links`],
    ["a name with NUL", "/a\0b", "open /a\0b: invalid argument"],
    ["a name that is too long", `/${"x".repeat(300)}`, `open /${"x".repeat(300)}: file name too long`],
  ];
  for (const [why, path, message] of refused) {
    it(why, async () => assert.deepEqual(await readRegularFile(path, 10), { type: "failed", message }));
  }

  it("a file over the limit, and says that it is that", async () =>
    assert.deepEqual(await readRegularFile(at("plain"), 10), {
      type: "failed",
      message: `read ${at("plain")}: exceeded maximum allowed size of 10 bytes`,
      because: "too large",
    }));

  it("nothing that is not there: that is told apart", async () =>
    assert.deepEqual(await readRegularFile(at("none"), 10), {
      type: "missing",
      message: `open ${at("none")}: no such file or directory`,
    }));
});
