import assert from "node:assert/strict";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { printIndex } from "@countersign/engine/cluster/publication";
import { digestOf } from "@countersign/engine/values/digest";
import { CountersignError } from "@countersign/engine/values/error";
import { printKnownNamespaces } from "@countersign/sources/known-namespaces/known-namespaces";
import { systemDisk } from "./disk-writes.ts";
import { printOwnership, readOwnership } from "./ownership.ts";
import { openState, type StateDirectory, type SyncTargetName } from "./state-directory.ts";
import { holdDirectory } from "./state-lock.ts";

describe("openState", () => {
  let root: string;
  const opened: StateDirectory[] = [];
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), "countersign-state-"));
  });
  afterEach(async () => {
    for (const { lock } of opened.splice(0)) await lock.release();
    await rm(root, { recursive: true });
  });

  const namespacesFile = "/v/namespaces.json";
  async function open(
    target: SyncTargetName,
    {
      adopts = [],
      known = namespacesFile,
    }: { readonly adopts?: readonly string[]; readonly known?: string } = {},
  ): Promise<StateDirectory> {
    const state = await openState({
      ...{ root, target, namespacesFile: known, disk: systemDisk },
      adopts: new Set(adopts),
    });
    opened.push(state);
    return state;
  }

  async function keptIn(directory: string, generation: number, ...files: readonly string[]): Promise<void> {
    await mkdir(join(directory, "parts"), { recursive: true });
    await writeFile(join(directory, "parts", "one.json"), "a part");
    const base = digestOf(Buffer.from("base"));
    const index = printIndex({ generation, base, rules: [], shards: [base] });
    await writeFile(join(directory, "index.json"), index);
    await writeFile(join(directory, "owned-files.json"), printOwnership(files));
  }
  const generationIn = async (directory: string): Promise<unknown> =>
    JSON.parse(await readFile(join(directory, "index.json"), "utf8")).generation;

  it("gives each target a directory of its own, both at a time", async () => {
    const [gateway, crio] = [await open("gateway"), await open("crio")];
    assert.deepEqual([gateway.directory, crio.directory], [join(root, "gateway"), join(root, "crio")]);
    await assert.rejects(open("gateway"), {
      code: "STATE_IN_USE",
      message: /\/gateway is in use by "process \d+ on \S+, countersign sync --target gateway"/,
    });
  });

  it("says of the files that the other one wrote whose they are", async () => {
    const [gateway, crio] = [await open("gateway"), await open("crio")];
    await writeFile(join(crio.directory, "owned-files.json"), printOwnership(["/etc/policy.json"]));
    const list = join(crio.directory, "owned-files.json");
    assert.deepEqual(await gateway.others(), new Map([["/etc/policy.json", list]]));
    assert.deepEqual(await crio.others(), new Map());
  });

  it("moves what earlier versions kept for a gateway to the gateway's, with its generation", async () => {
    await keptIn(root, 7, "/etc/policy.json", namespacesFile);
    const crio = await open("crio");
    assert.equal((await readOwnership(crio.directory)).size, 0);
    assert.equal((await crio.others()).get("/etc/policy.json"), join(root, "owned-files.json"));
    const gateway = await open("gateway");
    assert.deepEqual(await readOwnership(gateway.directory), new Set(["/etc/policy.json", namespacesFile]));
    assert.equal(await generationIn(gateway.directory), 7);
    assert.deepEqual((await readdir(root)).sort(), ["crio", "gateway"]);
  });

  it("knows a gateway's by what a file says, wherever its namespaces are said", async () => {
    const other = join(root, "elsewhere.json");
    await writeFile(other, printKnownNamespaces({ generation: 1, namespaces: new Set(["shop"]) }));
    await keptIn(root, 7, "/etc/policy.json", other);
    const crio = await open("crio");
    assert.equal((await readOwnership(crio.directory)).size, 0);
    assert.equal((await readOwnership((await open("gateway")).directory)).size, 2);
  });

  it("moves what earlier versions kept for CRI-O to CRI-O's", async () => {
    await keptIn(root, 7, "/etc/policy.json", "/etc/registries.d/countersign.yaml");
    assert.equal((await readOwnership((await open("gateway")).directory)).size, 0);
    const { directory } = await open("crio");
    assert.equal((await readOwnership(directory)).size, 2);
    assert.equal(await generationIn(directory), 7);
  });

  it("goes on with a move that was broken off, and with what an earlier version wrote after it", async () => {
    await keptIn(join(root, "gateway"), 9, "/etc/policy.json", namespacesFile);
    await keptIn(root, 8, "/etc/policy.json", "/etc/policies/shop.json", namespacesFile);
    const { directory } = await open("gateway");
    assert.equal((await readOwnership(directory)).size, 3);
    assert.equal(await generationIn(directory), 9, "nothing older is taken than what was applied");
    assert.deepEqual(await readdir(root), ["gateway"]);
  });

  it("takes another target's list over when it is told to, unless that one lives", async () => {
    await keptIn(join(root, "gateway"), 5, "/etc/policy.json", namespacesFile);
    const adopts = [join(root, "gateway", "owned-files.json")];
    const gateway = await open("gateway");
    await assert.rejects(open("crio", { adopts }), { code: "STATE_IN_USE", message: /--target gateway/ });
    await gateway.lock.release();
    const { directory, others } = await open("crio", { adopts });
    assert.deepEqual(await readOwnership(directory), new Set(["/etc/policy.json", namespacesFile]));
    assert.equal(await generationIn(directory), 5);
    assert.equal((await others()).size, 0);
  });

  it("makes room for itself on a disk that is full, of what can be fetched again", async () => {
    const full = new CountersignError("DISK_FULL", "no room");
    const directory = join(root, "gateway");
    await keptIn(directory, 5, "/etc/policy.json", namespacesFile);
    const partsThere = async () => (await readdir(directory)).includes("parts");
    const state = await openState({
      ...{ root, target: "gateway", namespacesFile, disk: systemDisk, adopts: new Set<string>() },
      async hold(...call) {
        if (await partsThere()) throw full;
        return await holdDirectory(...call);
      },
    });
    opened.push(state);
    assert.deepEqual(await readOwnership(directory), new Set(["/etc/policy.json", namespacesFile]));
    const hold = () => Promise.reject(full);
    await assert.rejects(
      openState({ ...{ root, target: "crio", namespacesFile, disk: systemDisk, hold }, adopts: new Set() }),
      full,
    );
  });

  it("leaves everything where it is when a list cannot be read", async () => {
    await keptIn(root, 5, "/etc/policy.json");
    await writeFile(join(root, "owned-files.json"), "{");
    await assert.rejects(open("gateway"), {
      code: "CONFIG_INVALID",
      message: /owned-files\.json.*cannot be read/,
    });
    assert.deepEqual((await readdir(root)).sort(), ["gateway", "index.json", "owned-files.json", "parts"]);
    await writeFile(join(root, "owned-files.json"), printOwnership(["/etc/policy.json", namespacesFile]));
    await open("gateway");
  });
});
