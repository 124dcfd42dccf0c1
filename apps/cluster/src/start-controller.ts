import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import type { NoMatch } from "@countersign/engine/cluster/compile-cluster";
import type { Material, TrustedRootMaterial } from "@countersign/engine/cluster/materials";
import type { NetworkEnvironment } from "@countersign/sources/registry/connections";
import { type MetricsAddress, serveMetrics } from "@countersign/sources/serving/metrics-server";
import { systemTiming } from "@countersign/sources/timing";
import type { Logger } from "pino";
import { repositoryRoots } from "./controller/repository-roots.ts";
import { publicationChecks } from "./controller/rule-check.ts";
import { runController } from "./controller/run-controller.ts";
import { textsFromOutside } from "./controller/texts-from-outside.ts";
import type { ApiAccess } from "./kube/api-access.ts";
import { apiServerOverHttp } from "./kube/api-server-over-http.ts";
import { systemPatience } from "./kube/patience.ts";
import { controllerRecord } from "./record/controller-events.ts";

/** Everything that a controller can be told. */
export interface ControllerConfig {
  readonly access: ApiAccess;
  readonly namespace: string;
  readonly noMatch: NoMatch;
  readonly publicRoot: Material<TrustedRootMaterial>;
  /** a program that exports public keys; undefined: no KMS is asked */
  readonly kmsCommand: string | undefined;
  /** by which proxy and CAs policies are fetched that are named by their address; undefined: none is */
  readonly remotePolicies: NetworkEnvironment | undefined;
  readonly metrics: MetricsAddress | undefined;
}

/** Runs a controller of this process's own until `signal` ends it. */
export async function startController(
  config: ControllerConfig,
  log: Logger,
  signal: AbortSignal,
): Promise<void> {
  await using parts = new AsyncDisposableStack();
  const server = apiServerOverHttp(config.access);
  parts.defer(() => server.close());
  const { registry, events, reasonsNotReady } = controllerRecord(log);
  if (config.metrics !== undefined) {
    const { contentType } = registry;
    const pages = { contentType, metrics: () => registry.metrics(), reasonsNotReady };
    const metrics = await serveMetrics(config.metrics, pages);
    parts.defer(() => metrics.close());
  }
  const now = () => performance.now();
  const { close, ...outside } = textsFromOutside(config, now);
  parts.defer(close);
  log.info({ server: config.access.url, namespace: config.namespace }, "following the cluster's policies");
  await runController(
    {
      ...{
        server,
        events,
        namespace: config.namespace,
        noMatch: config.noMatch,
        publicRoot: config.publicRoot,
      },
      identity: `${hostname()}_${randomUUID()}`,
      ...outside,
      repositories: repositoryRoots(systemTiming),
      checks: await publicationChecks(),
      timing: { ...systemTiming, now },
      wall: Date.now,
      patience: systemPatience,
    },
    signal,
  );
  log.info("ended");
}
