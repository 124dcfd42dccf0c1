import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { setImmediate } from "node:timers/promises";
import type { PolicySet } from "@countersign/engine/cluster/publication";
import { publisher } from "../controller/publisher.ts";
import { apiServerInMemory } from "../testing/api-server/api-server-in-memory.ts";
import { type ApiServerOnHttp, apiServerOnHttp } from "../testing/api-server/api-server-on-http.ts";
import { ObjectStore } from "../testing/api-server/object-store.ts";
import { type DiskInMemory, diskInMemory } from "../testing/disk-in-memory.ts";
import { type SyncingNode, startSyncingNode } from "../testing/syncing-node.ts";

const namespace = "countersign-system";
const namespaceCount = 100;

const rule = (name: string, glob: string) =>
  JSON.stringify({
    name,
    globs: [glob],
    tightens: true,
    requirements: [{ type: "reject" }],
  });

/** What a cluster says in which every fiftieth namespace has a policy of its own. */
function policies(edits: ReadonlyMap<string, string> = new Map()): PolicySet {
  const names = Array.from({ length: namespaceCount }, (_, at) => `ns-${at}`);
  const own = (name: string, at: number) =>
    at % 50 === 4 ? [rule(`own of ${name}`, `${edits.get(name) ?? "first"}.example/**`)] : [];
  return {
    base: JSON.stringify({ default: [{ type: "reject" }] }),
    rules: [rule("for all", `${edits.get("*") ?? "first"}.example/**`)],
    namespaces: new Map(names.map((name, at) => [name, own(name, at)])),
  };
}

/** Requests and bytes are counted, for they say what a real API server would have to do; seconds are the bench's affair. */
class Cluster {
  readonly store = new ObjectStore();
  readonly #nodeCount: number;
  #http: ApiServerOnHttp | undefined;
  disks: readonly DiskInMemory[] = [];
  #nodes: readonly SyncingNode[] = [];
  publish: (set: PolicySet) => Promise<number> = () => assert.fail("it is not started");

  constructor(nodeCount: number) {
    this.#nodeCount = nodeCount;
  }

  get http(): ApiServerOnHttp {
    return this.#http ?? assert.fail("it is not started");
  }

  get nodes(): readonly SyncingNode[] {
    return this.#nodes;
  }

  async start(): Promise<void> {
    const { signal } = new AbortController();
    this.#http = await apiServerOnHttp(this.store);
    let now = 1_000;
    const publishing = publisher(apiServerInMemory(this.store), namespace, { now: () => ++now }, () => 1);
    await publishing.resume(signal);
    this.publish = async (set) => (await publishing.publish(set, [], signal)).generation;
    const first = await this.publish(policies());
    const access = {
      url: this.http.url,
      ca: undefined,
      certificate: undefined,
      token: async () => undefined,
    };
    this.disks = Array.from({ length: this.#nodeCount }, () => diskInMemory());
    this.#nodes = this.disks.map((disk, at) =>
      startSyncingNode({ access, namespace, root: `/node-${at}`, disk }),
    );
    await this.everyNodeHas(first);
  }

  async close(): Promise<void> {
    await Promise.all(this.#nodes.map((node) => node.stop()));
    await this.#http?.close();
  }

  async everyNodeHas(generation: number): Promise<void> {
    await Promise.all(this.#nodes.map((node) => node.has(generation)));
  }

  everyDiskHas(path: string, content: RegExp): void {
    for (const [at, { written }] of this.disks.entries()) {
      assert.match(written.get(`/node-${at}/${path}`) ?? "", content);
    }
  }

  load() {
    return {
      watches: this.http.requests.get("WATCH configmaps") ?? 0,
      gets: this.http.requests.get("GET configmaps") ?? 0,
      sent: this.http.sent(),
    };
  }
}

describe("five hundred nodes that sync", () => {
  const nodeCount = 500;
  const cluster = new Cluster(nodeCount);
  before(() => cluster.start());
  after(() => cluster.close());

  it("have one watch each, and all that is published", () => {
    assert.equal(cluster.load().watches, nodeCount);
    for (const [at, { written }] of cluster.disks.entries()) {
      assert.equal(written.size, namespaceCount / 50 + 2);
      const { namespaces } = JSON.parse(written.get(`/node-${at}/namespaces.json`) ?? "");
      assert.equal(namespaces.length, namespaceCount);
    }
  });

  it("fetch a rule and a shard each when one namespace's policy changes", async () => {
    const before = cluster.load();
    await cluster.everyNodeHas(await cluster.publish(policies(new Map([["ns-4", "edited"]]))));
    const spent = cluster.load();
    assert.equal(spent.watches, before.watches, "no watch was opened again");
    assert.equal(spent.gets - before.gets, 2 * nodeCount);
    const each = (spent.sent - before.sent) / nodeCount;
    // the index, a shard of at most some 8 KiB, one rule; JSON in JSON
    assert.ok(each < 24 * 1024, `${each} bytes for each node`);
    cluster.everyDiskHas("policies/ns-4.json", /edited\.example/);
    for (const { applied } of cluster.nodes) {
      const paths = applied
        .at(-1)
        ?.changed.map((path) => path.split("/").at(-1))
        .sort();
      assert.deepEqual(paths, ["namespaces.json", "ns-4.json"]);
    }
  });
});

describe("nodes that sync", () => {
  const nodeCount = 20;
  const cluster = new Cluster(nodeCount);
  before(() => cluster.start());
  after(() => cluster.close());

  it("fetch one rule each when a policy for all changes", async () => {
    const before = cluster.load();
    await cluster.everyNodeHas(await cluster.publish(policies(new Map([["*", "edited"]]))));
    assert.equal(cluster.load().gets - before.gets, nodeCount);
    cluster.everyDiskHas("policy.json", /edited\.example/);
    cluster.everyDiskHas("policies/ns-54.json", /edited\.example/);
  });

  it("fetch what they missed when their watches were cut", async () => {
    const before = cluster.load();
    cluster.http.dropWatches();
    await cluster.everyNodeHas(await cluster.publish(policies(new Map([["*", "later"]]))));
    assert.equal(cluster.load().gets - before.gets, nodeCount);
  });

  it("list one object each when what happened meanwhile was forgotten", async () => {
    cluster.http.failWith(503);
    cluster.http.dropWatches();
    const generation = await cluster.publish(policies(new Map([["*", "last"]])));
    cluster.store.compact();
    const before = cluster.load();
    cluster.http.failWith(undefined);
    await cluster.everyNodeHas(generation);
    const each = (cluster.load().sent - before.sent) / nodeCount;
    assert.ok(each < 24 * 1024, `${each} bytes for each node`);
  });

  it("keep what they have while the API server fails", async () => {
    cluster.http.failWith(500);
    cluster.http.dropWatches();
    const generation = await cluster.publish(policies(new Map([["*", "unheard"]])));
    while (cluster.nodes.some(({ failures }) => failures.length === 0)) await setImmediate();
    cluster.everyDiskHas("policy.json", /last\.example/);
    cluster.http.failWith(undefined);
    await cluster.everyNodeHas(generation);
    cluster.everyDiskHas("policy.json", /unheard\.example/);
  });
});
