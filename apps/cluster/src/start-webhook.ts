import type { Material, TrustedRootMaterial } from "@countersign/engine/cluster/materials";
import { openSources, type SourcesConfig } from "@countersign/sources/open-sources";
import type { NetworkEnvironment } from "@countersign/sources/registry/connections";
import { type MetricsAddress, serveMetrics } from "@countersign/sources/serving/metrics-server";
import { systemTiming } from "@countersign/sources/timing";
import type { Logger } from "pino";
import { repositoryRoots } from "./controller/repository-roots.ts";
import { textsFromOutside } from "./controller/texts-from-outside.ts";
import type { ApiAccess } from "./kube/api-access.ts";
import { apiServerOverHttp } from "./kube/api-server-over-http.ts";
import { systemPatience } from "./kube/patience.ts";
import { openWebhook, type WebhookConfig } from "./webhook/open-webhook.ts";
import { recordedEvents } from "./webhook/record/webhook-log.ts";
import { webhookMetrics } from "./webhook/record/webhook-metrics.ts";
import { runWebhook } from "./webhook/run-webhook.ts";

/** Everything that a webhook can be told. */
export interface WebhookProgram {
  readonly access: ApiAccess;
  readonly webhook: WebhookConfig;
  readonly sources: SourcesConfig;
  readonly publicRoot: Material<TrustedRootMaterial>;
  /** a program that exports public keys; undefined: no KMS is asked */
  readonly kmsCommand: string | undefined;
  /** by which proxy and CAs policies are fetched that are named by their address; undefined: none is */
  readonly remotePolicies: NetworkEnvironment | undefined;
  readonly metrics: MetricsAddress | undefined;
}

/** Runs a webhook of this process's own until `signal` ends it. */
export async function startWebhook(program: WebhookProgram, log: Logger, signal: AbortSignal): Promise<void> {
  await using open = new AsyncDisposableStack();
  const server = apiServerOverHttp(program.access);
  open.defer(() => server.close());
  const sources = openSources(program.sources);
  open.defer(() => sources.close());
  const metrics = webhookMetrics();
  const now = () => performance.now();
  const { close, ...outside } = textsFromOutside(program, now);
  open.defer(close);
  const parts = await openWebhook(program.webhook, {
    server,
    sources,
    publicRoot: program.publicRoot,
    ...outside,
    repositories: repositoryRoots(systemTiming),
    patience: systemPatience,
    timing: systemTiming,
    events: recordedEvents(log, metrics),
  });
  if (program.metrics !== undefined) {
    const pages = await serveMetrics(program.metrics, {
      contentType: metrics.contentType,
      metrics: metrics.text,
      reasonsNotReady: () => parts.policies.unknown.map((plural) => `${plural} are not known yet`),
    });
    open.defer(() => pages.close());
  }
  log.info(
    { server: program.access.url, namespace: program.webhook.systemNamespace },
    "following the cluster's policies",
  );
  await runWebhook(parts, signal);
  log.info("ended");
}
