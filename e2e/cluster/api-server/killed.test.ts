import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { after, afterEach, before, describe, it } from "node:test";
import { clusterImagePolicies, imagePolicies } from "@countersign/cluster/controller/policy-kinds";
import { leases, namespaces } from "@countersign/cluster/kube/api-kind";
import { kubeconfigAccess } from "@countersign/cluster/kube/kubeconfig";
import { clusterPolicy, namespaceObject, namespacePolicy } from "@countersign/cluster/testing/policy-objects";
import { countersign } from "../../peers/gateway.ts";
import { makeScratch, type Scratch } from "../../peers/scratch.ts";
import { eventually, replaceSpec } from "./client.ts";
import { type ControllerProcess, startControllerProcess } from "./controller-process.ts";
import { type Fleet, startFleet } from "./fleet.ts";
import { type InstalledCluster, startInstalledCluster } from "./installed.ts";
import { publishedAfter, publishedGeneration, systemNamespace } from "./published.ts";

const nodeCount = 500;
const lease = { namespace: systemNamespace, name: "countersign-controller" };
const { signal } = new AbortController();

/** What a node's files said once it had applied a publication: numbers of edits. */
interface Look {
  readonly generation: number;
  /** of the policy for all: in the file for all, and in that of a namespace */
  readonly shared: number;
  readonly inNamespace: number;
  /** of the namespace's own */
  readonly own: number;
}

describe("five hundred nodes that watch", { timeout: 900_000 }, () => {
  let scratch: Scratch;
  let cluster: InstalledCluster;
  let fleet: Fleet;
  let edits = 0;
  const running = new Set<ControllerProcess>();
  const looks = new Map<string, Look[]>();

  before(async () => {
    scratch = await makeScratch("killed");
    cluster = await startInstalledCluster();
    await cluster.admin.create(namespaces, namespaceObject("shop"), signal);
    await cluster.admin.create(clusterImagePolicies, clusterPolicy("signed", "shared-0.example/**"), signal);
    await cluster.admin.create(imagePolicies, namespacePolicy("shop", "own", "own-0.example/**"), signal);
    const first = controller();
    const access = await kubeconfigAccess(cluster.kubeconfigOf("countersign-sync"), { now: Date.now });
    fleet = startFleet(nodeCount, access, systemNamespace, scratch.path, look);
    await fleet.everyNodeHas(await publishedAfter(cluster.admin, 0));
    await first.stop("SIGTERM");
  });
  afterEach(async () => {
    await Promise.all([...running].map((one) => one.stop("SIGTERM")));
    running.clear();
  });
  after(async () => {
    await fleet?.stop();
    await cluster?.close();
    await scratch.remove();
  });

  function started(...program: readonly string[]): ControllerProcess {
    const one = startControllerProcess(program);
    running.add(one);
    return one;
  }
  const kubeconfig = () => cluster.kubeconfigOf("countersign-controller");
  const controller = () => started(countersign, "controller", `--kubeconfig=${kubeconfig()}`);
  const dying = (step: number, when: string) =>
    started(
      process.execPath,
      join(import.meta.dirname, "dying-controller.ts"),
      kubeconfig(),
      ...[String(step), when],
    );

  function look(directory: string, generation: number): void {
    const edit = (file: string, what: string) =>
      Number(new RegExp(`${what}-(\\d+)\\.example`).exec(readFileSync(join(directory, file), "utf8"))?.[1]);
    const shop = join("policies", "shop.json");
    const seen = looks.get(directory) ?? [];
    looks.set(directory, seen);
    seen.push({
      generation,
      shared: edit("policy.json", "shared"),
      inNamespace: edit(shop, "shared"),
      own: edit(shop, "own"),
    });
  }

  async function holder(): Promise<string> {
    const found = await cluster.admin.get(leases, lease, signal);
    return (found?.spec as { readonly holderIdentity?: string } | undefined)?.holderIdentity ?? "";
  }

  async function editBoth(): Promise<void> {
    edits++;
    const shared = clusterPolicy("signed", `shared-${edits}.example/**`);
    const own = namespacePolicy("shop", "own", `own-${edits}.example/**`);
    await Promise.all([
      replaceSpec(cluster.admin, clusterImagePolicies, { name: "signed" }, shared.spec),
      replaceSpec(cluster.admin, imagePolicies, { namespace: "shop", name: "own" }, own.spec),
    ]);
  }

  /** Until every node has the last edits; the controllers may have published once or twice for them. */
  async function everyNodeHasTheLast(): Promise<void> {
    const last = (directory: string) => looks.get(directory)?.at(-1);
    await eventually(90_000, async () =>
      [...looks.keys()].every((one) => last(one)?.shared === edits && last(one)?.own === edits),
    );
    await fleet.everyNodeHas(await publishedGeneration(cluster.admin));
    assert.equal(looks.size, nodeCount);
    assert.equal(new Set(fleet.nodes.map(({ applied }) => applied.at(-1)?.generation)).size, 1);
  }

  function noneEverHeldAMixtureOrAnOlderOne(): void {
    const published = new Map<number, Look>();
    for (const [directory, seen] of looks) {
      for (const [at, now] of seen.entries()) {
        const before = seen[at - 1];
        assert.equal(now.inNamespace, now.shared, `${directory}: parts of two publications`);
        assert.deepEqual(published.get(now.generation) ?? now, now, "the same publication says the same");
        published.set(now.generation, now);
        if (before === undefined) continue;
        assert.ok(now.generation >= before.generation, `${directory}: back to ${now.generation}`);
        assert.ok(
          now.shared >= before.shared && now.own >= before.own,
          `${directory}: back to an older edit`,
        );
      }
    }
  }

  // parts that are new (two rules and a shard), then the index, then what the policies are told
  for (const step of [1, 2, 3, 4, 5]) {
    for (const when of ["before", "after"]) {
      it(`come to the same when the controller is killed ${when} its write ${step} and another one follows`, async () => {
        const victim = dying(step, when);
        await eventually(60_000, async () => (await holder()) === `dying-${victim.pid}`);
        await editBoth();
        assert.equal(await victim.ended, "SIGKILL", victim.log());
        // nobody waits here for the fifteen seconds of one that is known to be dead
        await cluster.admin.delete(leases, lease, signal);
        controller();
        await everyNodeHasTheLast();
        noneEverHeldAMixtureOrAnOlderOne();
      });
    }
  }

  it("come to the same when the leader is killed while another controller stands by", async () => {
    const leader = controller();
    await eventually(60_000, async () => (await holder()) !== "");
    const before = await holder();
    controller();
    await editBoth();
    await everyNodeHasTheLast();
    await leader.stop("SIGKILL");
    await editBoth();
    await everyNodeHasTheLast();
    assert.notEqual(await holder(), before);
    noneEverHeldAMixtureOrAnOlderOne();
  });
});
