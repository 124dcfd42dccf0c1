import { externalTexts } from "@countersign/cluster/controller/external-materials";
import { repositoryRoots } from "@countersign/cluster/controller/repository-roots";
import { publicationChecks } from "@countersign/cluster/controller/rule-check";
import { type ControllerParts, runController } from "@countersign/cluster/controller/run-controller";
import { systemPatience } from "@countersign/cluster/kube/patience";
import { apiServerInMemory } from "@countersign/cluster/testing/api-server/api-server-in-memory";
import { apiServerOnHttp } from "@countersign/cluster/testing/api-server/api-server-on-http";
import { ObjectStore } from "@countersign/cluster/testing/api-server/object-store";
import { diskInMemory } from "@countersign/cluster/testing/disk-in-memory";
import {
  apply,
  clusterPolicy,
  namespaceObject,
  namespacePolicy,
} from "@countersign/cluster/testing/policy-objects";
import { startSyncingNode } from "@countersign/cluster/testing/syncing-node";
import { systemTiming } from "@countersign/sources/timing";
import type { Effort } from "./effort.ts";
import type { BenchRow } from "./row.ts";
import { percentile, rounded } from "./statistics.ts";

const nodeCounts: Readonly<Record<Effort, number>> = { smoke: 20, full: 500 };
const rounds: Readonly<Record<Effort, number>> = { smoke: 1, full: 10 };
const namespace = "countersign-system";

/**
 * From the edit of a policy to the last of many nodes: controller, API server double, HTTP and all nodes in one process, so
 * that everything that a cluster does on many machines is done by one here. The nodes' disks are in memory.
 */
export async function run(effort: Effort): Promise<BenchRow> {
  await using parts = new AsyncDisposableStack();
  const store = new ObjectStore();
  for (let at = 0; at < 100; at++) apply(store, namespaceObject(`ns-${at}`));
  apply(store, clusterPolicy("signed"), namespacePolicy("ns-4", "own"));
  const http = await apiServerOnHttp(store);
  parts.defer(() => http.close());
  const stopping = new AbortController();
  let generation = 0;
  let told = () => {};
  const controller = runController(
    await controllerParts(store, (published) => {
      generation = published;
      told();
    }),
    stopping.signal,
  );
  parts.defer(async () => {
    stopping.abort();
    await controller;
  });
  const published = async (after: number): Promise<number> => {
    while (generation <= after) {
      await new Promise<void>((resolve) => {
        told = resolve;
      });
    }
    return generation;
  };
  const nodeCount = nodeCounts[effort];
  const access = { url: http.url, ca: undefined, certificate: undefined, token: async () => undefined };
  const nodes = Array.from({ length: nodeCount }, (_, at) =>
    startSyncingNode({ access, namespace, root: `/node-${at}`, disk: diskInMemory() }),
  );
  parts.defer(async () => void (await Promise.all(nodes.map((node) => node.stop()))));
  const first = await published(0);
  await Promise.all(nodes.map((node) => node.has(first)));

  const times: number[] = [];
  const before = { requests: requestsOf(http.requests), sent: http.sent() };
  for (let round = 0; round < rounds[effort]; round++) {
    const began = performance.now();
    const known = generation;
    apply(store, clusterPolicy("signed", `round-${round}.example/**`));
    const next = await published(known);
    await Promise.all(
      nodes.map(async (node) => {
        await node.has(next);
        times.push(performance.now() - began);
      }),
    );
  }
  const edits = rounds[effort];
  const requests = (requestsOf(http.requests) - before.requests) / edits / nodeCount;
  const bytes = (http.sent() - before.sent) / edits / nodeCount;
  const [p50, p99] = [percentile(times, 0.5), percentile(times, 0.99)].map((ms) => rounded(ms / 1000, 2));
  return {
    id: "policy-rollout",
    value: p99 ?? 0,
    unit: "s",
    peer: "–",
    peerValue: null,
    ratio: null,
    target: "p99 < 2 s from a policy's edit to the file on every node",
    reached: (p99 ?? 0) < 2,
    note: `${nodeCount} nodes and their API server in one process; p50 ${p50} s; ${rounded(requests, 1)} requests and ${rounded(bytes / 1024, 1)} KiB a node and edit`,
  };
}

function requestsOf(requests: ReadonlyMap<string, number>): number {
  return [...requests.values()].reduce((sum, count) => sum + count, 0);
}

async function controllerParts(
  store: ObjectStore,
  published: (generation: number) => void,
): Promise<ControllerParts> {
  const nothing = () => {};
  const now = () => performance.now();
  const nobody = async () => {
    throw new Error("nothing is outside this cluster");
  };
  return {
    server: apiServerInMemory(store),
    ...{ namespace, identity: "bench", noMatch: "deny" },
    publicRoot: { type: "missing", why: "there is none here" },
    ...{ kmsKeys: externalTexts(nobody, now), remoteTexts: externalTexts(nobody, now) },
    repositories: repositoryRoots(systemTiming),
    checks: await publicationChecks(),
    timing: { ...systemTiming, now },
    wall: Date.now,
    patience: systemPatience,
    events: {
      view: { failed: nothing },
      election: { began: nothing, ended: nothing, failed: nothing },
      waiting: nothing,
      failed: nothing,
      passed: (outcome) => published(outcome.published?.generation ?? 0),
    },
  };
}
