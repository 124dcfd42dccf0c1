import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { keyDirectories } from "./key-directories.ts";

/** Says which file it was asked for. */
const echo = { read: async (path: string) => Buffer.from(path) };
const { signal } = new AbortController();
const read = async (directories: Readonly<Record<string, string>>, path: string) =>
  String(await keyDirectories(new Map(Object.entries(directories)), echo).read(path, signal));

describe("keyDirectories reads", () => {
  const keys = { "/etc/keys": "repo/keys", "/etc/keys/beta": "repo/beta" };
  const rows: ReadonlyArray<
    readonly [what: string, directories: Readonly<Record<string, string>>, named: string, path: string]
  > = [
    ["a file where it is kept here", keys, "/etc/keys/release.pub", "repo/keys/release.pub"],
    ["a file further below", keys, "/etc/keys/a/b.pub", "repo/keys/a/b.pub"],
    ["a file in the innermost directory", keys, "/etc/keys/beta/1.pub", "repo/beta/1.pub"],
    ["a file in a directory that only begins alike", keys, "/etc/keysets/1.pub", "/etc/keysets/1.pub"],
    ["a file elsewhere as it is named", keys, "/srv/ca.pem", "/srv/ca.pem"],
    ["a path that leads out again as it is named", keys, "/etc/keys/../ca.pem", "/etc/keys/../ca.pem"],
    ["a path that leads in", keys, "/srv/../etc/keys/1.pub", "repo/keys/1.pub"],
    ["a relative path as it is named", { "/": "repo" }, "keys/1.pub", "keys/1.pub"],
    ["everything below the root", { "/": "repo" }, "/etc/keys/1.pub", "repo/etc/keys/1.pub"],
  ];
  for (const [what, directories, named, path] of rows) {
    it(what, async () => assert.equal(await read(directories, named), path));
  }
});
