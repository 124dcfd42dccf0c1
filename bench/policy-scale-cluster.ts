import { loadavg } from "node:os";
import { clusterImagePolicies, imagePolicies } from "@countersign/cluster/controller/policy-kinds";
import { kubeconfigAccess } from "@countersign/cluster/kube/kubeconfig";
import { clusterPolicy, namespacePolicy } from "@countersign/cluster/testing/policy-objects";
import { apiServerVersion } from "../e2e/cluster/api-server/api-load.ts";
import { replaceSpec } from "../e2e/cluster/api-server/client.ts";
import { startControllerProcess } from "../e2e/cluster/api-server/controller-process.ts";
import { startFleet } from "../e2e/cluster/api-server/fleet.ts";
import { startInstalledCluster } from "../e2e/cluster/api-server/installed.ts";
import { fillCluster } from "../e2e/cluster/api-server/large-cluster.ts";
import { publishedAfter, publishedObjects, systemNamespace } from "../e2e/cluster/api-server/published.ts";
import { countersign } from "../e2e/peers/gateway.ts";
import { makeScratch } from "../e2e/peers/scratch.ts";
import type { Effort } from "./effort.ts";
import { apiServerMissing } from "./policy-rollout-cluster.ts";
import { type BenchRow, notMeasured } from "./row.ts";
import { median, rounded } from "./statistics.ts";

const sizes = {
  smoke: { namespaces: 200, policies: 20, rounds: 1 },
  full: { namespaces: 10_000, policies: 200, rounds: 7 },
} as const;
const id = "policy-scale-cluster";
const target = "no object > 256 KiB, one edit < 2 s to the file";

/** The whole loop in a cluster of ten thousand namespaces: from a controller's start to what one edit brings one node. */
export async function run(effort: Effort): Promise<BenchRow> {
  const missing = apiServerMissing();
  if (missing !== undefined) return notMeasured(id, "", target, missing);
  await using parts = new AsyncDisposableStack();
  const size = sizes[effort];
  const scratch = await makeScratch("scale");
  parts.defer(() => scratch.remove());
  const cluster = await startInstalledCluster();
  parts.defer(() => cluster.close());
  const { admin } = cluster;
  const version = await apiServerVersion(await kubeconfigAccess(cluster.kubeconfig, { now: Date.now }));
  await fillCluster(admin, size);

  const began = performance.now();
  const controller = startControllerProcess([
    ...[countersign, "controller", `--kubeconfig=${cluster.kubeconfigOf("countersign-controller")}`],
  ]);
  parts.defer(() => controller.stop("SIGTERM"));
  let generation = await publishedAfter(admin, 0);
  const untilPublished = rounded((performance.now() - began) / 1000, 1);
  const cpuToPublish = await controller.cpuSeconds();
  const access = await kubeconfigAccess(cluster.kubeconfigOf("countersign-sync"), { now: Date.now });
  const arriving = performance.now();
  const node = startFleet(1, access, systemNamespace, scratch.path);
  parts.defer(() => node.stop());
  const [first = 0] = await node.everyNodeHas(generation, arriving);

  async function edits(edit: (round: number) => Promise<void>) {
    const times: number[] = [];
    const [cpu, own] = [await controller.cpuSeconds(), process.cpuUsage()];
    for (let round = 0; round < size.rounds; round++) {
      const from = performance.now();
      await edit(round);
      times.push(...(await node.everyNodeHas(generation + 1, from)));
      generation = await publishedAfter(admin, generation);
    }
    const { user, system } = process.cpuUsage(own);
    return {
      seconds: rounded(median(times) / 1000, 2),
      controllerCpu: rounded(((await controller.cpuSeconds()) - cpu) / size.rounds, 3),
      nodeCpu: rounded((user + system) / 1e6 / size.rounds, 3),
    };
  }
  const spec = (glob: string) => clusterPolicy("p", glob).spec;
  const ofOne = await edits((round) =>
    replaceSpec(
      admin,
      imagePolicies,
      { namespace: "ns-1", name: "p-1" },
      namespacePolicy("ns-1", "p-1", `round-${round}.example/**`).spec,
    ),
  );
  const ofAll = await edits((round) =>
    replaceSpec(admin, clusterImagePolicies, { name: "p-0" }, spec(`round-${round}.example/**`)),
  );
  const { objects, bytes, largest } = await publishedObjects(admin);
  const { now, most } = await controller.memory();
  const megabytes = (value: number) => rounded(value, 0);
  return {
    ...{ id, value: ofOne.seconds, unit: "s", peer: "–", peerValue: null, ratio: null, target },
    reached: ofOne.seconds < 2 && largest <= 256 * 1024,
    note: [
      `kube-apiserver ${version} and etcd, ${size.namespaces} namespaces, ${size.policies} policies, half of them of namespaces (load ${rounded(loadavg()[0] ?? 0, 1)})`,
      `${untilPublished} s from the controller's start to its first publication (${rounded(cpuToPublish, 1)} s of processor time), ${rounded(first / 1000, 2)} s for a new node to have it`,
      `an edit of one namespace's policy ${ofOne.seconds} s to the file (controller ${ofOne.controllerCpu} s, node ${ofOne.nodeCpu} s of processor time), of one for all ${ofAll.seconds} s (${ofAll.controllerCpu} s, ${ofAll.nodeCpu} s)`,
      `${objects} objects with those of ${2 * size.rounds} edits, ${rounded(bytes / 1024, 0)} KiB, the largest ${rounded(largest / 1024, 1)} KiB`,
      `the controller's memory ${megabytes(now)} MB, ${megabytes(most)} at the most`,
    ].join("; "),
    details: {
      apiServer: version,
      untilPublished,
      firstOnNode: first / 1000,
      ofOne,
      ofAll,
      objects,
      bytes,
      largest,
      memory: { now, most },
    },
  };
}
