import { existsSync } from "node:fs";
import { loadavg } from "node:os";
import { setTimeout as delay } from "node:timers/promises";
import { clusterImagePolicies, imagePolicies } from "@countersign/cluster/controller/policy-kinds";
import { namespaces } from "@countersign/cluster/kube/api-kind";
import { kubeconfigAccess } from "@countersign/cluster/kube/kubeconfig";
import { clusterPolicy, namespaceObject, namespacePolicy } from "@countersign/cluster/testing/policy-objects";
import { type ApiLoad, apiLoad, apiServerVersion, loadBetween } from "../e2e/cluster/api-server/api-load.ts";
import { replaceSpec } from "../e2e/cluster/api-server/client.ts";
import { startControllerProcess } from "../e2e/cluster/api-server/controller-process.ts";
import { startFleet } from "../e2e/cluster/api-server/fleet.ts";
import { startInstalledCluster } from "../e2e/cluster/api-server/installed.ts";
import { publishedAfter, systemNamespace } from "../e2e/cluster/api-server/published.ts";
import {
  binariesDirectory,
  binariesFor,
  binariesVariable,
  missingBinaries,
} from "../e2e/cluster/binaries.ts";
import { countersign } from "../e2e/peers/gateway.ts";
import { makeScratch } from "../e2e/peers/scratch.ts";
import type { Effort } from "./effort.ts";
import { type BenchRow, notMeasured } from "./row.ts";
import { median, percentile, rounded } from "./statistics.ts";

const nodeCounts: Readonly<Record<Effort, number>> = { smoke: 20, full: 500 };
const rounds: Readonly<Record<Effort, number>> = { smoke: 1, full: 10 };
const id = "policy-rollout-cluster";
const target = "p99 < 2 s from a policy's edit to the file on every node";
const { signal } = new AbortController();

/** Why a real API server cannot be asked; undefined if it can. */
export function apiServerMissing(): string | undefined {
  const directory = binariesDirectory();
  if (directory === undefined)
    return `${binariesVariable} names no directory with ${binariesFor(["api-server"]).join(", ")}`;
  const missing = missingBinaries(directory, binariesFor(["api-server"]));
  return missing.length === 0 ? undefined : `${directory} has no ${missing.join(", ")}`;
}

/**
 * As policy-rollout, with a real API server on a real etcd, the controller in a process of its own, and nodes that have a
 * TLS connection and a directory each. They share a file system in memory: five hundred nodes do not share a disk.
 */
export async function run(effort: Effort): Promise<BenchRow> {
  const missing = apiServerMissing();
  if (missing !== undefined) return notMeasured(id, "", target, missing);
  await using parts = new AsyncDisposableStack();
  if (existsSync("/dev/shm")) process.env["COUNTERSIGN_E2E_DIR"] ??= "/dev/shm";
  const scratch = await makeScratch("rollout");
  parts.defer(() => scratch.remove());
  const cluster = await startInstalledCluster();
  parts.defer(() => cluster.close());
  const { admin } = cluster;
  const adminAccess = await kubeconfigAccess(cluster.kubeconfig, { now: Date.now });
  const version = await apiServerVersion(adminAccess);
  for (let at = 0; at < 100; at++) await admin.create(namespaces, namespaceObject(`ns-${at}`), signal);
  await admin.create(clusterImagePolicies, clusterPolicy("signed"), signal);
  await admin.create(imagePolicies, namespacePolicy("ns-4", "own"), signal);
  const controller = startControllerProcess([
    ...[countersign, "controller", `--kubeconfig=${cluster.kubeconfigOf("countersign-controller")}`],
  ]);
  parts.defer(() => controller.stop("SIGTERM"));
  let generation = await publishedAfter(admin, 0);
  const access = await kubeconfigAccess(cluster.kubeconfigOf("countersign-sync"), { now: Date.now });
  const nodeCount = nodeCounts[effort];
  const idle = await apiLoad(adminAccess);
  const arriving = performance.now();
  const fleet = startFleet(nodeCount, access, systemNamespace, scratch.path);
  parts.defer(() => fleet.stop());
  const arrival = percentile(await fleet.everyNodeHas(generation, arriving), 1);
  const arrived = loadBetween(idle, await apiLoad(adminAccess));

  const all: number[] = [];
  const tails: number[] = [];
  const loads: ApiLoad[] = [];
  const settled: ApiLoad[] = [];
  const own: number[] = [];
  for (let round = 0; round < rounds[effort]; round++) {
    const before = await apiLoad(adminAccess);
    const cpu = process.cpuUsage();
    const edited = clusterPolicy("signed", `round-${round}.example/**`);
    const began = performance.now();
    await replaceSpec(admin, clusterImagePolicies, { name: "signed" }, edited.spec);
    const times = await fleet.everyNodeHas(generation + 1, began);
    const { user, system } = process.cpuUsage(cpu);
    loads.push(loadBetween(before, await apiLoad(adminAccess)));
    own.push((user + system) / 1e6);
    all.push(...times);
    tails.push(percentile(times, 0.99));
    generation = await publishedAfter(admin, generation);
    // nodes report by then; and connections that are kept for a moment only are closed, as edits come hours apart
    await delay(effort === "full" ? 12_000 : 0);
    settled.push(loadBetween(before, await apiLoad(adminAccess)));
  }
  const seconds = (ms: number) => rounded(ms / 1000, 2);
  const p99 = seconds(percentile(all, 0.99));
  const each = (what: (load: ApiLoad) => number) => median(loads.map(what));
  const gets = each(({ requests }) => requests.get("GET configmaps 200") ?? 0);
  const bytes = each(({ answeredBytes, watchedBytes }) => answeredBytes + watchedBytes);
  return {
    ...{ id, value: p99, unit: "s", peer: "–", peerValue: null, ratio: null, target, reached: p99 < 2 },
    note: [
      `kube-apiserver ${version} and etcd, ${nodeCount} nodes on this machine (load ${rounded(loadavg()[0] ?? 0, 1)})`,
      `p50 ${seconds(percentile(all, 0.5))} s, an edit's p99 between ${seconds(Math.min(...tails))} and ${seconds(Math.max(...tails))} s`,
      `an edit takes the API server ${rounded(
        each(({ cpuSeconds }) => cpuSeconds),
        2,
      )} s of processor time, all nodes together ${rounded(median(own), 2)} s; with what nodes report of it within 12 s ${rounded(median(settled.map(({ cpuSeconds }) => cpuSeconds)), 2)} s`,
      `${rounded(gets / nodeCount, 2)} GETs, ${rounded(each(({ watchEvents }) => watchEvents) / nodeCount, 2)} watch events and ${rounded(bytes / 1024 / nodeCount, 2)} KiB a node and edit`,
      `${loads.reduce((sum, { rejected }) => sum + rejected, 0)} turned away`,
      `all of them coming at once: ${seconds(arrival)} s, ${rounded(arrived.cpuSeconds, 1)} s of the API server's processor time, ${arrived.rejected} turned away`,
    ].join("; "),
    details: {
      apiServer: version,
      arrival: printed(arrived),
      settled: settled.map(printed),
      edits: loads.map((load, at) => ({ p99: seconds(tails[at] ?? 0), ...printed(load) })),
    },
  };
}

function printed({ requests, ...load }: ApiLoad): object {
  return { requests: Object.fromEntries([...requests].sort()), ...load };
}
