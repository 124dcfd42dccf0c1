import { CountersignError } from "@countersign/engine/values/error";
import { type MetricsAddress, serveMetrics } from "@countersign/sources/serving/metrics-server";
import { systemTiming } from "@countersign/sources/timing";
import type { Logger } from "pino";
import type { ApiAccess } from "./kube/api-access.ts";
import { apiServerOverHttp } from "./kube/api-server-over-http.ts";
import { systemPatience } from "./kube/patience.ts";
import { syncRecord } from "./record/sync-events.ts";
import { apiPublicationSource } from "./sync/api-publication-source.ts";
import { systemDisk } from "./sync/disk-writes.ts";
import { fencedFiles } from "./sync/fenced-files.ts";
import { nodeReporter } from "./sync/node-reporter.ts";
import { ownedFiles } from "./sync/owned-files.ts";
import { partStore } from "./sync/part-store.ts";
import { repeatedPublication } from "./sync/repeated-publication.ts";
import { openState, type SyncTargetName } from "./sync/state-directory.ts";
import { type SyncEvents, syncNode } from "./sync/sync-node.ts";
import type { SyncTarget } from "./sync/sync-target.ts";

/** Everything that a node's sync can be told. Paths are absolute. */
export interface SyncConfig {
  readonly access: ApiAccess;
  readonly namespace: string;
  readonly node: string;
  readonly target: { readonly name: SyncTargetName; readonly files: SyncTarget };
  /** each target has a directory in it */
  readonly stateDirectory: string;
  /** where it is said which namespaces are known, whether or not this target's sync says it */
  readonly namespacesFile: string;
  /** files of somebody else's that are taken over, and lists of files that other syncs wrote */
  readonly adopts: ReadonlySet<string>;
  readonly metrics: MetricsAddress | undefined;
  /** end as soon as a publication is applied, or after so many milliseconds; undefined: go on */
  readonly onceWithin: number | undefined;
}

/** How often files are looked at that nothing should have changed. */
const recheckMs = 10 * 60_000;

/**
 * Keeps a node's policy files until `signal` ends it.
 * @throws CountersignError DEADLINE_EXCEEDED if it was to be done once and was not in time, STATE_IN_USE if another sync has its
 *   directory
 */
export async function startSync(config: SyncConfig, log: Logger, signal: AbortSignal): Promise<void> {
  await using parts = new AsyncDisposableStack();
  const { namespace, node, target, onceWithin, adopts } = config;
  const { directory, lock, others } = await openState({
    ...{ root: config.stateDirectory, target: target.name, namespacesFile: config.namespacesFile },
    ...{ adopts, disk: systemDisk },
  });
  parts.defer(() => lock.release());
  const server = apiServerOverHttp(config.access);
  parts.defer(() => server.close());
  const record = syncRecord(log);
  if (config.metrics !== undefined) {
    const { contentType } = record.registry;
    const pages = {
      contentType,
      metrics: () => record.registry.metrics(),
      reasonsNotReady: record.reasonsNotReady,
    };
    const metrics = await serveMetrics(config.metrics, pages);
    parts.defer(() => metrics.close());
  }
  const timing = { ...systemTiming, now: () => performance.now() };
  const reporter = nodeReporter({
    ...{ server, namespace, node, target: target.name, timing, wall: Date.now, patience: systemPatience },
    failed: record.notReported,
  });
  const done = new AbortController();
  const late = onceWithin === undefined ? [] : [AbortSignal.timeout(onceWithin)];
  const ending = AbortSignal.any([signal, done.signal, ...late]);
  let isApplied = false;
  let lastFailure = `${config.access.url} has not answered yet`;
  const events: SyncEvents = {
    applied(outcome) {
      isApplied = true;
      record.events.applied(outcome);
      reporter.applied(outcome);
      if (onceWithin !== undefined) done.abort();
    },
    failed(generation, error) {
      lastFailure = error.message;
      record.events.failed(generation, error);
      reporter.troubled(error.message);
    },
  };
  const files = fencedFiles(ownedFiles({ directory, adopts, disk: systemDisk, others }), lock);
  const source = apiPublicationSource({
    ...{ server, namespace, patience: systemPatience },
    unreachable(error) {
      lastFailure = `${config.access.url} cannot be asked: ${error.message}`;
      record.unreachable(error);
    },
    absent() {
      lastFailure = `nothing is published in namespace ${namespace}: see whether countersign controller runs there, or name its namespace with --system-namespace`;
      record.absent(lastFailure);
    },
  });
  log.info({ server: config.access.url, namespace, node, target: target.name }, "following the policies");
  await Promise.all([
    syncNode(
      {
        ...{ files, events, store: partStore(directory, systemDisk), target: target.files },
        source: repeatedPublication(source, recheckMs, timing, files.recheck),
        pause: (failures, within) => systemPatience.pause(failures, undefined, within),
      },
      ending,
    ),
    onceWithin === undefined ? reporter.run(ending) : undefined,
  ]);
  if (onceWithin !== undefined && !signal.aborted) {
    if (!isApplied) throw new CountersignError("DEADLINE_EXCEEDED", `nothing was applied: ${lastFailure}`);
    await reporter.report(AbortSignal.timeout(10_000)).catch((error) => record.notReported(error));
  }
  log.info("ended");
}
