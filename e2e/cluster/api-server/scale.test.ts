import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { clusterImagePolicies, imagePolicies } from "@countersign/cluster/controller/policy-kinds";
import { namespaces } from "@countersign/cluster/kube/api-kind";
import { kubeconfigAccess } from "@countersign/cluster/kube/kubeconfig";
import { clusterPolicy, namespaceObject, namespacePolicy } from "@countersign/cluster/testing/policy-objects";
import { countersign } from "../../peers/gateway.ts";
import { makeScratch, type Scratch } from "../../peers/scratch.ts";
import { replaceSpec } from "./client.ts";
import { type ControllerProcess, startControllerProcess } from "./controller-process.ts";
import { type Fleet, startFleet } from "./fleet.ts";
import { type InstalledCluster, startInstalledCluster } from "./installed.ts";
import { fillCluster } from "./large-cluster.ts";
import { publishedAfter, publishedObjects, systemNamespace } from "./published.ts";

const size = { namespaces: 10_000, policies: 200 };
const { signal } = new AbortController();

describe("ten thousand namespaces with two hundred policies, half of them of namespaces", {
  timeout: 600_000,
}, () => {
  let scratch: Scratch;
  let cluster: InstalledCluster;
  let controller: ControllerProcess;
  let node: Fleet;
  let generation: number;

  before(async () => {
    scratch = await makeScratch("scale");
    cluster = await startInstalledCluster();
    await fillCluster(cluster.admin, size);
    controller = startControllerProcess([
      ...[countersign, "controller", `--kubeconfig=${cluster.kubeconfigOf("countersign-controller")}`],
    ]);
    generation = await publishedAfter(cluster.admin, 0);
    const access = await kubeconfigAccess(cluster.kubeconfigOf("countersign-sync"), { now: Date.now });
    node = startFleet(1, access, systemNamespace, scratch.path);
    await node.everyNodeHas(generation);
  });
  after(async () => {
    await node?.stop();
    await controller?.stop("SIGTERM");
    await cluster?.close();
    await scratch.remove();
  });

  async function afterwards(
    edit: Promise<unknown>,
  ): Promise<{ readonly fetched: number; readonly changed: number }> {
    await edit;
    await node.everyNodeHas(generation + 1);
    generation = await publishedAfter(cluster.admin, generation);
    await node.everyNodeHas(generation);
    const applied = node.nodes[0]?.applied.at(-1);
    return { fetched: applied?.fetched ?? 0, changed: applied?.changed.length ?? 0 };
  }
  const file = async (name: string) => (await node.files(name))[0] ?? "";

  it("are on the node, all of them", async () => {
    const known = JSON.parse(await file("namespaces.json")) as { readonly namespaces: readonly string[] };
    for (const name of ["ns-0", "ns-9999", systemNamespace]) assert.ok(known.namespaces.includes(name), name);
    assert.ok(known.namespaces.length >= size.namespaces);
    assert.match(await file("policies/ns-199.json"), /p-199\.example/);
    assert.match(await file("policies/ns-199.json"), /p-198\.example/);
    assert.match(await file("policy.json"), /p-198\.example/);
  });

  it("are published in small objects, about as many as there are policies", async () => {
    const { objects, bytes, largest } = await publishedObjects(cluster.admin);
    // index, base, 200 rules, 32 shards
    assert.ok(objects <= size.policies + 64, `${objects} objects`);
    assert.ok(largest < 32 * 1024, `${largest} bytes in one`);
    assert.ok(bytes < 1024 * 1024, `${bytes} bytes`);
  });

  it("cost a node two parts and two files when one namespace's policy changes", async () => {
    const { spec } = namespacePolicy("ns-1", "p-1", "edited.example/**");
    const name = { namespace: "ns-1", name: "p-1" };
    assert.deepEqual(await afterwards(replaceSpec(cluster.admin, imagePolicies, name, spec)), {
      ...{ fetched: 2, changed: 2 },
    });
    assert.match(await file("policies/ns-1.json"), /edited\.example/);
  });

  it("cost a node one part when a namespace comes", async () => {
    const created = cluster.admin.create(namespaces, namespaceObject("latecomer"), signal);
    assert.deepEqual(await afterwards(created), { fetched: 1, changed: 1 });
  });

  it("cost a node one part, and the files of all that have it, when a policy for all changes", async () => {
    const { spec } = clusterPolicy("p-0", "for-all.example/**");
    assert.deepEqual(
      await afterwards(replaceSpec(cluster.admin, clusterImagePolicies, { name: "p-0" }, spec)),
      {
        ...{ fetched: 1, changed: size.policies / 2 + 2 },
      },
    );
    assert.match(await file("policies/ns-199.json"), /for-all\.example/);
  });

  it("leave the controller with a few hundred megabytes", async () => {
    const { most } = await controller.memory();
    assert.ok(most < 400, `${most} MB`);
  });
});
