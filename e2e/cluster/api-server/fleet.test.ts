import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, describe, it } from "node:test";
import { clusterImagePolicies, imagePolicies } from "@countersign/cluster/controller/policy-kinds";
import type { ApiAccess } from "@countersign/cluster/kube/api-access";
import { namespaces } from "@countersign/cluster/kube/api-kind";
import { kubeconfigAccess } from "@countersign/cluster/kube/kubeconfig";
import { clusterPolicy, namespaceObject, namespacePolicy } from "@countersign/cluster/testing/policy-objects";
import { countersign } from "../../peers/gateway.ts";
import { makeScratch, type Scratch } from "../../peers/scratch.ts";
import { type ApiLoad, apiLoad, loadBetween } from "./api-load.ts";
import { eventually, replaceSpec } from "./client.ts";
import { type ControllerProcess, startControllerProcess } from "./controller-process.ts";
import { type Fleet, startFleet } from "./fleet.ts";
import { type InstalledCluster, startInstalledCluster } from "./installed.ts";
import { publishedAfter, systemNamespace } from "./published.ts";

const nodeCount = 500;
const namespaceCount = 100;
/** What the controller, and whoever looks, may ask besides. */
const others = 20;
const { signal } = new AbortController();

/** With the rights and the priority that they are deployed with. Seconds are the bench's affair. */
describe("five hundred nodes on a real API server", { timeout: 600_000 }, () => {
  let scratch: Scratch;
  let cluster: InstalledCluster;
  let controller: ControllerProcess;
  let fleet: Fleet;
  let admin: ApiAccess;
  let generation: number;

  before(async () => {
    scratch = await makeScratch("fleet");
    cluster = await startInstalledCluster();
    admin = await kubeconfigAccess(cluster.kubeconfig, { now: Date.now });
    for (let at = 0; at < namespaceCount; at++) {
      await cluster.admin.create(namespaces, namespaceObject(`ns-${at}`), signal);
    }
    await cluster.admin.create(clusterImagePolicies, clusterPolicy("signed"), signal);
    await cluster.admin.create(imagePolicies, namespacePolicy("ns-4", "own"), signal);
    controller = startControllerProcess([
      ...[countersign, "controller", `--kubeconfig=${cluster.kubeconfigOf("countersign-controller")}`],
    ]);
    generation = await publishedAfter(cluster.admin, 0);
    const access = await kubeconfigAccess(cluster.kubeconfigOf("countersign-sync"), { now: Date.now });
    fleet = startFleet(nodeCount, access, systemNamespace, scratch.path);
    await fleet.everyNodeHas(generation);
  });
  after(async () => {
    await fleet?.stop();
    await controller?.stop("SIGTERM");
    await cluster?.close();
    await scratch.remove();
  });

  /** What an edit cost the API server until every node had it. */
  async function costOf(edit: () => Promise<void>): Promise<ApiLoad> {
    const before = await apiLoad(admin);
    await edit();
    await fleet.everyNodeHas(generation + 1);
    generation = await publishedAfter(cluster.admin, generation);
    return loadBetween(before, await apiLoad(admin));
  }
  function assertAbout(actual: number, expected: number, what: string): void {
    assert.ok(actual >= expected && actual <= expected + others, `${actual} ${what}, not ${expected}`);
  }
  const count = (load: ApiLoad, what: string) => load.requests.get(what) ?? 0;

  it("keep one connection each", async () => {
    const port = Number(new URL(admin.url).port);
    assertAbout(await connectionsTo(port), nodeCount, "connections");
  });

  it("watch one object each, and fetch one part each when a policy for all changes", async () => {
    const cost = await costOf(() =>
      replaceSpec(
        cluster.admin,
        clusterImagePolicies,
        { name: "signed" },
        clusterPolicy("any", "edited.example/**").spec,
      ),
    );
    assertAbout(count(cost, "GET configmaps 200"), nodeCount, "parts fetched");
    assertAbout(cost.watchEvents, nodeCount, "objects told to watchers");
    assert.equal(cost.rejected, 0);
    // the index and one rule, each in a ConfigMap
    assertLess((cost.answeredBytes + cost.watchedBytes) / nodeCount, 4 * 1024);
    for (const text of await fleet.files("policy.json")) assert.match(text, /edited\.example/);
  });

  it("fetch a rule and a shard each when one namespace's policy changes", async () => {
    const cost = await costOf(() =>
      replaceSpec(
        cluster.admin,
        imagePolicies,
        { namespace: "ns-4", name: "own" },
        namespacePolicy("any", "any", "theirs.example/**").spec,
      ),
    );
    assertAbout(count(cost, "GET configmaps 200"), 2 * nodeCount, "parts fetched");
    assertAbout(cost.watchEvents, nodeCount, "objects told to watchers");
    assert.equal(cost.rejected, 0);
    // besides a shard of at most some 8 KiB
    assertLess((cost.answeredBytes + cost.watchedBytes) / nodeCount, 16 * 1024);
    for (const text of await fleet.files("policies/ns-4.json")) assert.match(text, /theirs\.example/);
  });

  it("fetch a shard each when a namespace comes, and know it then", async () => {
    const cost = await costOf(() =>
      cluster.admin.create(namespaces, namespaceObject("latecomer"), signal).then(() => {}),
    );
    assertAbout(count(cost, "GET configmaps 200"), nodeCount, "parts fetched");
    for (const text of await fleet.files("namespaces.json")) assert.match(text, /"latecomer"/);
  });

  it("report once each what they have, spread over some seconds, and the policy's status says how many", async () => {
    const reportsBefore = count(await apiLoad(admin), "PUT leases 200");
    await costOf(() =>
      replaceSpec(
        cluster.admin,
        clusterImagePolicies,
        { name: "signed" },
        clusterPolicy("any", "reported.example/**").spec,
      ),
    );
    await eventually(120_000, async () => (await applied()).startsWith(`${nodeCount} of ${nodeCount} `));
    // some still told of the edit before; the controller renews its Lease
    const reports = count(await apiLoad(admin), "PUT leases 200") - reportsBefore;
    assert.ok(reports >= nodeCount && reports < 2 * nodeCount + 60, `${reports} reports`);
  });

  async function applied(): Promise<string> {
    const found = await cluster.admin.get(clusterImagePolicies, { name: "signed" }, signal);
    const { publication, conditions = [] } = (found?.status ?? {}) as {
      readonly publication?: number;
      readonly conditions?: readonly { readonly type: string; readonly message: string }[];
    };
    if (publication !== generation) return "";
    return conditions.find(({ type }) => type === "Applied")?.message ?? "";
  }

  it("have the very same files", async () => {
    for (const name of ["policy.json", "policies/ns-4.json", "namespaces.json"]) {
      assert.equal(new Set(await fleet.files(name)).size, 1, name);
    }
  });
});

function assertLess(bytes: number, most: number): void {
  assert.ok(bytes < most, `${bytes} bytes a node`);
}

/** Established TCP connections from this machine to a port of its own. Source: proc_net_tcp, state 01. */
async function connectionsTo(port: number): Promise<number> {
  const remote = new RegExp(
    `^ *\\d+: \\S+ [0-9A-F]+:${port.toString(16).toUpperCase().padStart(4, "0")} 01 `,
  );
  const lines = (await readFile("/proc/net/tcp", "utf8")).split("\n");
  return lines.filter((line) => remote.test(line)).length;
}
