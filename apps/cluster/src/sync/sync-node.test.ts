import assert from "node:assert/strict";
import { mkdir, mkdtemp, readdir, readFile, readlink, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { setImmediate } from "node:timers/promises";
import { type PolicySet, printIndex } from "@countersign/engine/cluster/publication";
import type { CountersignError } from "@countersign/engine/values/error";
import { limitedDisk } from "../testing/limited-disk.ts";
import { type PublishedInMemory, publishedInMemory } from "../testing/published-in-memory.ts";
import { type DiskWrites, systemDisk } from "./disk-writes.ts";
import { ownedFiles } from "./owned-files.ts";
import { partStore } from "./part-store.ts";
import { type Applied, syncNode } from "./sync-node.ts";
import type { SyncTarget } from "./sync-target.ts";

/** A target that shows what it was given: which part says what is the composers' affair. */
function plainTarget(root: string): SyncTarget {
  return {
    async files({ base, rules, namespaces }) {
      const shared = new Map([[join(root, "policy.json"), [base, ...rules].join("\n")]]);
      const own = [...namespaces].map(([name, texts]) => {
        const path = join(root, "policies", `${name}.json`);
        return [name, { path, content: texts.join("\n") }] as const;
      });
      const nothing = {
        ...{ last: new Map(), refused: new Map(), elsewhere: new Map(), withoutRoom: new Set<string>() },
        ruledIn: { directory: join(root, "policies"), namespaces: new Set(namespaces.keys()) },
      };
      return { shared, namespaces: new Map(own), ...nothing };
    },
  };
}

const setOf = (parts: Partial<PolicySet>): PolicySet => ({
  base: "base",
  rules: [],
  namespaces: new Map(),
  ...parts,
});

interface RunningNode {
  /** the next thing that happens */
  next(): Promise<Applied | CountersignError>;
  stop(): Promise<void>;
}

describe("syncNode", () => {
  let root: string;
  let published: PublishedInMemory;
  let node: RunningNode;

  function start(adopts: readonly string[] = [], disk: DiskWrites = systemDisk): RunningNode {
    const stopping = new AbortController();
    const happened: (Applied | CountersignError)[] = [];
    let wake = () => {};
    const tell = (event: Applied | CountersignError) => {
      happened.push(event);
      wake();
    };
    const running = syncNode(
      {
        source: published.source,
        store: partStore(join(root, "state"), disk),
        files: ownedFiles({
          ...{ directory: join(root, "state"), adopts: new Set(adopts), disk },
          others: async () => new Map(),
        }),
        target: plainTarget(root),
        events: { applied: tell, failed: (_generation, error) => tell(error) },
        pause: () => setImmediate(),
      },
      stopping.signal,
    );
    return {
      async next() {
        for (;;) {
          const event = happened.shift();
          if (event !== undefined) return event;
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        }
      },
      async stop() {
        stopping.abort();
        await running;
      },
    };
  }

  async function applied(): Promise<Applied> {
    const event = await node.next();
    assert.ok(!(event instanceof Error), String(event));
    return event;
  }

  async function failure(): Promise<CountersignError> {
    const event = await node.next();
    assert.ok(event instanceof Error, JSON.stringify(event));
    return event;
  }

  const policy = () => readFile(join(root, "policy.json"), "utf8");
  const namesOfNamespaces = () => readdir(join(root, "policies"));

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), "countersign-sync-"));
    published = publishedInMemory();
    node = start();
  });
  afterEach(async () => {
    await node.stop();
    await rm(root, { recursive: true });
  });

  it("writes what is published, and what replaces it", async () => {
    published.publish(setOf({ rules: ["one"], namespaces: new Map([["shop", ["own"]]]) }), 1);
    await applied();
    assert.equal(await policy(), "base\none");
    assert.deepEqual(await namesOfNamespaces(), ["shop.json"]);
    published.publish(setOf({ rules: ["two"], namespaces: new Map([["lab", ["own"]]]) }), 2);
    await applied();
    assert.equal(await policy(), "base\ntwo");
    assert.deepEqual(await namesOfNamespaces(), ["lab.json"]);
  });

  it("fetches what it has not got, and nothing else", async () => {
    const many = new Map(Array.from({ length: 100 }, (_, at) => [`ns-${at}`, [`rule ${at}`]]));
    published.publish(setOf({ namespaces: many }), 1);
    await applied();
    const before = published.asked.length;
    published.publish(setOf({ namespaces: new Map(many).set("ns-7", ["another"]) }), 2);
    const { fetched, changed } = await applied();
    assert.equal(fetched, 2, "the rule, and the shard that names it");
    assert.equal(published.asked.length - before, 2);
    assert.deepEqual(changed, [join(root, "policies", "ns-7.json")]);
  });

  it("goes on after a restart with what it has, and asks for nothing again", async () => {
    const set = setOf({ rules: ["one"] });
    published.publish(set, 5);
    await applied();
    await node.stop();
    const before = published.asked.length;
    node = start();
    const { generation, changed, fetched } = await applied();
    assert.deepEqual({ generation, changed, fetched }, { generation: 5, changed: [], fetched: 0 });
    assert.equal(published.asked.length, before);
  });

  it("refuses an older index, also after a restart, and keeps what it has", async () => {
    published.publish(setOf({ rules: ["strict"] }), 9);
    await applied();
    await node.stop();
    node = start();
    await applied();
    published.publish(setOf({ rules: ["lax"] }), 8);
    assert.match((await failure()).message, /generation 8, and the node has 9 already/);
    assert.equal(await policy(), "base\nstrict");
    published.publish(setOf({ rules: ["newer"] }), 10);
    let event = await node.next();
    while (event instanceof Error) event = await node.next();
    assert.equal(await policy(), "base\nnewer");
  });

  it("refuses a part that is not what the index means, and takes it once it is", async () => {
    published.publish(setOf({ rules: ["one"] }), 1);
    await applied();
    const { index, parts } = published.publish(setOf({ rules: ["one"] }), 2);
    await applied();
    const [rule] = index.rules;
    assert.ok(rule !== undefined);
    const forged = publishedRule(setOf({ rules: ["two"] }), 3);
    published.serve(forged.rule, "forged");
    published.announce(forged.index);
    assert.match((await failure()).message, /was changed/);
    assert.equal(await policy(), "base\none");
    published.serve(forged.rule, "two");
    let event = await node.next();
    while (event instanceof Error) event = await node.next();
    assert.equal(await policy(), "base\ntwo");
    assert.ok(parts.size > 0);
  });

  it("keeps what it has when the index is no index", async () => {
    published.publish(setOf({ rules: ["one"] }), 1);
    await applied();
    published.announce("nonsense");
    assert.equal((await failure()).code, "POLICY_INVALID");
    assert.equal(await policy(), "base\none");
  });

  it("mends a part that was spoilt on the node's own disk", async () => {
    published.publish(setOf({ rules: ["one"] }), 1);
    await applied();
    await node.stop();
    const parts = join(root, "state", "parts");
    for (const name of await readdir(parts)) await writeFile(join(parts, name), "spoilt");
    await writeFile(join(root, "policy.json"), "changed by hand");
    node = start();
    const { changed } = await applied();
    assert.deepEqual(changed, [join(root, "policy.json")]);
    assert.equal(await policy(), "base\none");
  });

  it("keeps parts again when somebody removed all of them under its feet", async () => {
    published.publish(setOf({ rules: ["one"] }), 1);
    await applied();
    await rm(join(root, "state", "parts"), { recursive: true });
    published.publish(setOf({ rules: ["two"] }), 2);
    let event = await node.next();
    while (event instanceof Error) event = await node.next();
    assert.equal(await policy(), "base\ntwo");
    assert.ok((await readdir(join(root, "state", "parts"))).length > 0);
  });

  it("leaves somebody else's files alone, and takes over what it is told to", async () => {
    await writeFile(join(root, "policy.json"), "the administrator's");
    await mkdir(join(root, "policies"));
    await writeFile(join(root, "policies", "other.json"), "the administrator's");
    published.publish(setOf({ rules: ["one"] }), 1);
    assert.match((await failure()).message, /policy\.json was not written by countersign sync/);
    assert.equal(await policy(), "the administrator's");
    await node.stop();
    node = start([join(root, "policy.json")]);
    await applied();
    assert.equal(await policy(), "base\none");
    assert.deepEqual(await namesOfNamespaces(), ["other.json"]);
  });

  it("leaves somebody else's file of one namespace in force, and applies everything else", async () => {
    await mkdir(join(root, "policies"));
    const theirs = join(root, "policies", "shop.json");
    await writeFile(theirs, "the administrator's");
    const namespaces = new Map([
      ["shop", ["own"]],
      ["lab", ["own"]],
    ]);
    published.publish(setOf({ rules: ["one"], namespaces }), 1);
    const { left } = await applied();
    assert.match(left.get("shop") ?? "", /shop\.json was not written by countersign sync.*--adopt/);
    assert.deepEqual([...left.keys()], ["shop"]);
    assert.equal(await policy(), "base\none");
    assert.equal(await readFile(theirs, "utf8"), "the administrator's");
    assert.equal(await readFile(join(root, "policies", "lab.json"), "utf8"), "own");
    // whatever happens then, it is never taken for ours
    await node.stop();
    node = start();
    assert.equal((await applied()).left.size, 1);
    published.publish(setOf({ rules: ["one"] }), 2);
    assert.equal((await applied()).left.size, 0);
    assert.deepEqual(await namesOfNamespaces(), ["shop.json"]);
    // once it is gone, the cluster's holds
    published.publish(setOf({ rules: ["one"], namespaces }), 3);
    assert.equal((await applied()).left.size, 1);
    await rm(theirs);
    published.publish(setOf({ rules: ["two"], namespaces }), 4);
    assert.equal((await applied()).left.size, 0);
    assert.equal(await readFile(theirs, "utf8"), "own");
  });

  it("recovers from a disk that it filled, as soon as less is wanted", async () => {
    await node.stop();
    const disk = limitedDisk(20_000);
    node = start([], disk);
    const large = "x".repeat(6_000);
    published.publish(setOf({ namespaces: new Map([["lab", ["small"]]]) }), 1);
    await applied();
    const many = new Map(["a", "b", "c"].map((name) => [name, [`${name}${large}`]]));
    published.publish(setOf({ rules: ["strict"], namespaces: many }), 2);
    assert.equal((await failure()).code, "DISK_FULL");
    assert.equal(await policy(), "base\nstrict", "what is for all has room");
    published.publish(setOf({ rules: ["strict"], namespaces: new Map([["a", ["small"]]]) }), 3);
    let event = await node.next();
    while (event instanceof Error) event = await node.next();
    assert.equal(event.generation, 3);
    assert.deepEqual(await namesOfNamespaces(), ["a.json"]);
    assert.equal(await readFile(join(root, "policies", "a.json"), "utf8"), "small");
    assert.ok(disk.used < 2_000, `${disk.used} bytes`);
  });

  it("leaves alone somebody else's link that leads nowhere, and takes it over if told to", async () => {
    await symlink("/nonexistent/policy.json", join(root, "policy.json"));
    published.publish(setOf({ rules: ["one"] }), 1);
    assert.match((await failure()).message, /policy\.json was not written by countersign sync/);
    assert.equal(await readlink(join(root, "policy.json")), "/nonexistent/policy.json");
    await node.stop();
    node = start([join(root, "policy.json")]);
    await applied();
    assert.equal(await policy(), "base\none");
  });
});

/** An index and one of its rules, without anybody having heard of them. */
function publishedRule(set: PolicySet, generation: number) {
  const { index } = publishedInMemory().publish(set, generation);
  const [rule] = index.rules;
  assert.ok(rule !== undefined);
  return { index: printIndex(index), rule };
}
