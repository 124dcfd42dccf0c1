import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { temporaryRoot } from "@countersign/testkit/registry/temporary-root";
import { userEnvironment } from "../environment.ts";
import { configPaths, dropInDirectories, isOnlyComments, readDropIns } from "./config-files.ts";

const root = userEnvironment({}, { home: "/home/me", uid: 0 });
const user = userEnvironment({ XDG_CONFIG_HOME: "/xdg" }, { home: "/home/me", uid: 1000 });

describe("configPaths", () => {
  it("starts with the user's own", () =>
    assert.deepEqual(configPaths(root, "policy.json"), [
      "/home/me/.config/containers/policy.json",
      "/etc/containers/policy.json",
      "/usr/share/containers/policy.json",
    ]));
  it("follows XDG_CONFIG_HOME", () =>
    assert.equal(configPaths(user, "policy.json")[0], "/xdg/containers/policy.json"));
});

describe("dropInDirectories", () => {
  it("keeps the extension last, for root", () =>
    assert.deepEqual(dropInDirectories(root, "registries.conf", ".conf"), [
      "/home/me/.config/containers/registries.conf.d",
      "/etc/containers/registries.rootful.conf.d",
      "/etc/containers/registries.conf.d",
      "/usr/share/containers/registries.rootful.conf.d",
      "/usr/share/containers/registries.conf.d",
    ]));
  it("has a place for one user among others", () =>
    assert.deepEqual(dropInDirectories(user, "registries", ".yaml"), [
      "/xdg/containers/registries.d",
      "/etc/containers/registries.rootless.d/1000",
      "/etc/containers/registries.rootless.d",
      "/etc/containers/registries.d",
      "/usr/share/containers/registries.rootless.d/1000",
      "/usr/share/containers/registries.rootless.d",
      "/usr/share/containers/registries.d",
    ]));
});

describe("readDropIns", () => {
  it("reads one file per name, the first directory's, in the order of the names", async () => {
    using tree = temporaryRoot();
    tree.write("first/b.conf", "first b");
    tree.write("second/b.conf", "second b");
    tree.write("second/a.conf", "second a");
    tree.write("second/a.conf.bak", "no");
    tree.write("first/deep.conf/c.conf", "no");
    const files = await readDropIns(
      ["first", "second", "none"].map((name) => join(tree.path, name)),
      ".conf",
    );
    assert.deepEqual(files, [
      { path: join(tree.path, "second/a.conf"), text: "second a" },
      { path: join(tree.path, "first/b.conf"), text: "first b" },
    ]);
  });

  it("fails when a directory cannot be listed", async () => {
    using tree = temporaryRoot();
    const path = tree.write("file", "");
    await assert.rejects(readDropIns([path], ".conf"), {
      code: "CONFIG_INVALID",
      message: `open ${path}: not a directory`,
    });
  });

  it("fails when a file cannot be read", async () => {
    using tree = temporaryRoot();
    tree.write("d/big.conf", Buffer.alloc(8 * 1024 * 1024 + 1));
    await assert.rejects(readDropIns([join(tree.path, "d")], ".conf"), { code: "CONFIG_INVALID" });
  });

  it("fails when a file is no text", async () => {
    using tree = temporaryRoot();
    const path = tree.write("d/a.conf", Uint8Array.of(0x23, 0xff));
    await assert.rejects(readDropIns([join(tree.path, "d")], ".conf"), {
      code: "CONFIG_INVALID",
      message: `read ${path}: the file is not UTF-8`,
    });
  });

  it("refuses a directory of thousands", async () => {
    using tree = temporaryRoot();
    mkdirSync(join(tree.path, "d"));
    for (let count = 0; count <= 1000; count++) tree.write(`d/${count}.conf`, "");
    await assert.rejects(readDropIns([join(tree.path, "d")], ".conf"), {
      code: "CONFIG_INVALID",
      message: /^1001 \*\.conf files below .*: at most 1000 are read$/,
    });
  });
});

describe("isOnlyComments", () => {
  const rows: readonly (readonly [text: string, expected: boolean])[] = [
    ["", true],
    ["# a", true],
    ["# a\n\n \t# b\r\n", true],
    ["#", true],
    ["\u0009", true],
    ["a", false],
    ["# a\nb", false],
    ["# a\rb = 1\n", false],
    ["# a\r", false],
    ["# \u0001", false],
    ["# \u007f", false],
    ["# \ufffd", true],
    ["\ufeff# a", false],
    ["\u00a0", false],
  ];
  for (const [text, expected] of rows) {
    it(`says ${expected} of ${JSON.stringify(text)}`, () => assert.equal(isOnlyComments(text), expected));
  }

  it("reads a file of as many lines as there may be", () =>
    assert.equal(isOnlyComments(`${"#\n".repeat(4_000_000)}x`), false));
});
