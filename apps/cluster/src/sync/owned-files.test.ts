import assert from "node:assert/strict";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import fc from "fast-check";
import { type LimitedDisk, limitedDisk } from "../testing/limited-disk.ts";
import { type DiskWrites, systemDisk } from "./disk-writes.ts";
import { ownedFiles } from "./owned-files.ts";
import { readOwnership } from "./ownership.ts";
import type { WantedFiles } from "./sync-target.ts";

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "countersign-owned-"));
});
afterEach(() => rm(root, { recursive: true }));

const state = () => join(root, "state");
const at = (name: string) => join(root, "etc", name);
const text = (name: string) => readFile(at(name), "utf8");
const open = (
  disk: DiskWrites = systemDisk,
  others: ReadonlyMap<string, string> = new Map(),
  ...adopts: readonly string[]
) => ownedFiles({ directory: state(), adopts: new Set(adopts), disk, others: async () => others });

/** What is for all by its name, and for each namespace its text; `undefined`: that there is nothing that says what is there. */
function wanted(
  shared: Readonly<Record<string, string>>,
  namespaces: Readonly<Record<string, string>> = {},
  last?: string,
): WantedFiles {
  return {
    shared: new Map(Object.entries(shared).map(([name, content]) => [at(name), content])),
    namespaces: new Map(
      Object.entries(namespaces).map(([name, content]) => [
        name,
        { path: at(join("policies", `${name}.json`)), content },
      ]),
    ),
    ruledIn: { directory: at("policies"), namespaces: new Set([...Object.keys(namespaces), "dev", "lab"]) },
    last: last === undefined ? new Map() : new Map([[at("namespaces.json"), last]]),
  };
}

describe("ownedFiles leave alone", () => {
  it("a directory in a namespace's place, also where the file was ours", async () => {
    const files = open();
    await files.replace(wanted({}, { shop: "own" }));
    await rm(at("policies/shop.json"));
    await mkdir(at("policies/shop.json"));
    files.recheck();
    const { left } = await files.replace(wanted({}, { shop: "own", lab: "own" }));
    assert.match(left.get("shop") ?? "", /shop\.json is no file, and is left alone; remove it/);
    assert.equal(await text("policies/lab.json"), "own");
    assert.deepEqual((await files.replace(wanted({}))).changed.length, 1);
    assert.deepEqual(await readdir(at("policies")), ["shop.json"]);
  });

  it("a directory where a file was ours that is not wanted any more, and say so then", async () => {
    const files = open();
    await files.replace(wanted({}, { lab: "own", dev: "own" }));
    await rm(at("policies/lab.json"));
    await mkdir(at("policies/lab.json"));
    const { changed, left } = await files.replace(wanted({}));
    assert.deepEqual([changed, [...left.keys()]], [[at("policies/dev.json")], ["lab"]]);
    assert.match(left.get("lab") ?? "", /lab\.json is no file, and is left alone; remove it/);
    assert.deepEqual([...(await readOwnership(state()))], []);
    assert.deepEqual([...(await files.replace(wanted({}))).left.keys()], ["lab"]);
    await rm(at("policies/lab.json"), { recursive: true });
    await writeFile(at("policies/lab.json"), "theirs");
    assert.match((await files.replace(wanted({}))).left.get("lab") ?? "", /was not written by/);
  });

  it("a directory that alone is not wanted any more, and forget that it was a file of ours", async () => {
    const files = open();
    await files.replace(wanted({}, { lab: "own" }));
    await rm(at("policies/lab.json"));
    await mkdir(at("policies/lab.json"));
    const { changed, left } = await files.replace(wanted({}));
    assert.deepEqual([changed, [...left.keys()]], [[], ["lab"]]);
    assert.deepEqual([...(await readOwnership(state()))], []);
  });

  for (const [what, namespaces] of [
    ["with policies of namespaces", { shop: "own" }],
    ["without any", {}],
  ] as const) {
    it(`a file in the place of their directory, ${what}, and say what to do`, async () => {
      await mkdir(at(""), { recursive: true });
      await writeFile(at("policies"), "theirs");
      await assert.rejects(open().replace(wanted({ "policy.json": "ours" }, namespaces)), {
        code: "CONFIG_INVALID",
        message: new RegExp(`^${at("policies")}.* cannot be used, .* a file, .*: remove that file`),
      });
      assert.deepEqual(await readdir(at("")), ["policies"]);
    });
  }

  it("what rules a namespace without policies of its own, and say so, until it is to be taken over", async () => {
    await mkdir(at("policies"), { recursive: true });
    for (const name of ["dev.json", "gone.json", "notes.txt"])
      await writeFile(at(`policies/${name}`), "theirs");
    const { left } = await open().replace(wanted({ "policy.json": "text" }));
    assert.deepEqual([...left.keys()], ["dev"]);
    assert.match(left.get("dev") ?? "", /dev\.json was not written by countersign sync.*--adopt/);
    assert.equal((await readdir(at("policies"))).length, 3);
    const taken = await open(systemDisk, new Map(), at("policies/dev.json")).replace(
      wanted({ "policy.json": "text" }),
    );
    assert.deepEqual([taken.changed, taken.left.size], [[at("policies/dev.json")], 0]);
    assert.deepEqual((await readdir(at("policies"))).sort(), ["gone.json", "notes.txt"]);
  });

  it("everything, if a file for all is somebody else's", async () => {
    await mkdir(at(""), { recursive: true });
    await writeFile(at("policy.json"), "theirs");
    await assert.rejects(open().replace(wanted({ "policy.json": "ours" }, { shop: "own" })), {
      code: "CONFIG_INVALID",
      message: /policy\.json was not written by countersign sync/,
    });
    assert.deepEqual(await readdir(at("")), ["policy.json"]);
  });

  it("what another sync of the node wrote, though it says the same just now, and name its list", async () => {
    await mkdir(at(""), { recursive: true });
    await writeFile(at("countersign.yaml"), "same");
    const others = new Map([[at("countersign.yaml"), "/state/crio/owned-files.json"]]);
    await assert.rejects(open(systemDisk, others).replace(wanted({ "countersign.yaml": "same" })), {
      message:
        /countersign\.yaml is written by another countersign sync.*--adopt \/state\/crio\/owned-files\.json/,
    });
    assert.equal((await readOwnership(state())).size, 0);
  });
});

it("what says that all files are there is written after all files are there, also when one cannot be", async () => {
  const disk = limitedDisk(1_000);
  const files = open(disk);
  await files.replace(wanted({ "policy.json": "before" }, { shop: "own" }));
  disk.capacity = disk.used + 20;
  const next = wanted({ "policy.json": "after" }, { shop: "own", lab: "x".repeat(400) }, "shop lab");
  await assert.rejects(files.replace(next), { code: "DISK_FULL" });
  assert.deepEqual((await readdir(at(""))).sort(), ["policies", "policy.json"]);
  disk.capacity = 5_000;
  await files.replace(next);
  assert.equal(await text("namespaces.json"), "shop lab");
});

it("what was left half written by one that was killed is removed, of our own files alone", async () => {
  await open().replace(wanted({ "policy.json": "text" }));
  const leftover = ".policy.json.0b2f7c1e-1111-4222-8333-444455556666.new";
  const theirs = [".other.json.0b2f7c1e-1111-4222-8333-444455556666.new", ".policy.json.new"];
  for (const name of [leftover, ...theirs]) await writeFile(at(name), "half");
  await open().replace(wanted({ "policy.json": "text" }));
  assert.deepEqual((await readdir(at(""))).sort(), [...theirs, "policy.json"].sort());
});

describe("on a disk that is full", () => {
  /** with room for nothing more */
  async function filled(files: WantedFiles): Promise<LimitedDisk> {
    const disk = limitedDisk(1_000_000);
    await open(disk).replace(files);
    disk.capacity = disk.used;
    return disk;
  }

  it("what is no longer wanted makes room", async () => {
    const disk = await filled(
      wanted({ "policy.json": "before" }, { shop: "s".repeat(500), lab: "l".repeat(500) }),
    );
    await open(disk).replace(wanted({ "policy.json": "after, and longer" }, { lab: "l" }));
    assert.deepEqual(await readdir(at("policies")), ["lab.json"]);
    assert.equal(await text("policy.json"), "after, and longer");
    assert.deepEqual(await readOwnership(state()), new Set([at("policy.json"), at("policies/lab.json")]));
  });

  it("what becomes shorter is written over itself", async () => {
    const disk = await filled(wanted({ "policy.json": "for all" }, { shop: "s".repeat(500) }));
    await open(disk).replace(wanted({ "policy.json": "for all" }, { shop: "less" }));
    assert.equal(await text("policies/shop.json"), "less");
  });

  it("what becomes shorter makes room for what grows", async () => {
    const disk = await filled(wanted({ "policy.json": "p" }, { shop: "s".repeat(500), lab: "l" }));
    await open(disk).replace(wanted({ "policy.json": "p" }, { lab: "l".repeat(300), shop: "ss" }));
    assert.deepEqual(
      [await text("policies/lab.json"), await text("policies/shop.json")],
      ["l".repeat(300), "ss"],
    );
  });

  it("what has no room stays as it is, says so, and keeps nothing else from being written", async () => {
    const disk = await filled(wanted({ "policy.json": "before" }, { shop: "own", old: "x".repeat(50) }, "1"));
    const next = wanted({ "policy.json": "after." }, { shop: "y".repeat(5_000), lab: "small" }, "2");
    disk.capacity += 500;
    await assert.rejects(open(disk).replace(next), {
      code: "DISK_FULL",
      message: /there is no room to write \S+\/policies\/shop\.json;.*free space or inodes/,
    });
    assert.deepEqual((await readdir(at("policies"))).sort(), ["lab.json", "shop.json"]);
    assert.equal(await text("policies/shop.json"), "own");
    assert.equal(await text("policy.json"), "after.");
    assert.equal(await text("namespaces.json"), "1", "that all is there is not said");
  });

  it("no file is written that would not be remembered", async () => {
    const disk = await filled(wanted({ "policy.json": "before" }));
    await assert.rejects(open(disk).replace(wanted({ "policy.json": "after." }, { shop: "own" })), {
      code: "DISK_FULL",
    });
    assert.deepEqual(await readdir(at("")), ["policy.json"]);
    assert.equal(await text("policy.json"), "after.");
  });

  it("trouble of another kind is told as it is", async () => {
    const disk = await filled(wanted({ "policy.json": "before" }, { shop: "own" }));
    const broken: DiskWrites = {
      ...disk,
      remove: () => Promise.reject(Object.assign(new Error("EIO: i/o error"), { code: "EIO" })),
    };
    await assert.rejects(open(broken).replace(wanted({ "policy.json": "after" })), /EIO/);
  });
});

it("whatever was wanted and had no room, less has: and nothing is there that is not remembered", async () => {
  const names = fc.uniqueArray(fc.constantFrom("a", "b", "c", "d"), { maxLength: 4 });
  const sizes = fc.array(fc.integer({ min: 2, max: 400 }), { minLength: 4, maxLength: 4 });
  const wish = fc.tuple(names, sizes, fc.integer({ min: 2, max: 300 }));
  const filesOf = ([chosen, lengths, forAll]: readonly [readonly string[], readonly number[], number]) =>
    wanted(
      { "policy.json": "p".repeat(forAll) },
      Object.fromEntries(chosen.map((name, index) => [name, name.repeat(lengths[index] ?? 2)])),
      String(chosen.length),
    );
  await fc.assert(
    fc.asyncProperty(
      fc.array(wish, { minLength: 1, maxLength: 5 }),
      fc.integer({ min: 1_500, max: 3_000 }),
      async (wishes, capacity) => {
        await rm(at(""), { recursive: true, force: true });
        await rm(state(), { recursive: true, force: true });
        const disk = limitedDisk(capacity);
        for (const one of wishes) {
          await open(disk)
            .replace(filesOf(one))
            .catch((error) => assert.equal(error.code, "DISK_FULL"));
          const remembered = await readOwnership(state());
          const there = (await readdir(root, { recursive: true, withFileTypes: true }))
            .filter((entry) => entry.isFile() && !entry.parentPath.startsWith(state()))
            .map((entry) => join(entry.parentPath, entry.name));
          for (const path of there) assert.ok(remembered.has(path), `${path} is not remembered`);
        }
        const least = wanted({ "policy.json": "pp" }, { a: "aa" }, "1");
        await open(disk).replace(least);
        assert.equal(await text("policy.json"), "pp");
        assert.deepEqual(await readdir(at("policies")), ["a.json"]);
      },
    ),
    { numRuns: 60 },
  );
});
