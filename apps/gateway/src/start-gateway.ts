import { performance } from "node:perf_hooks";
import { CountersignError } from "@countersign/engine/values/error";
import type { UserEnvironment } from "@countersign/sources/environment";
import { openEvidenceSeed } from "@countersign/sources/evidence/evidence-seed";
import { type EvidenceShelf, openEvidenceShelf } from "@countersign/sources/evidence/evidence-shelf";
import { makeDirectory } from "@countersign/sources/files/make-directory";
import { openSources } from "@countersign/sources/open-sources";
import { fairSlots, type SlotLimits } from "@countersign/sources/serving/fair-slots";
import type { MetricsServer } from "@countersign/sources/serving/metrics-server";
import { systemTiming, type Timing } from "@countersign/sources/timing";
import type { Logger } from "pino";
import { buildGates } from "./build-gates.ts";
import type { GatewayConfig } from "./config.ts";
import { drainPatience } from "./drain-patience.ts";
import { pathsAmiss } from "./paths-amiss.ts";
import { policyFilesOnDisk } from "./policy/policy-files.ts";
import { type PolicySource, policyStore } from "./policy/policy-store.ts";
import { sharedLooks } from "./policy/shared-looks.ts";
import { type NamespaceWaitEvents, waitForNamespaces } from "./policy/wait-for-namespace.ts";
import { underWay } from "./pull/under-way.ts";
import { auditLog } from "./record/audit-log.ts";
import { allRecorders } from "./record/decision.ts";
import {
  namespaceWaitEvents,
  type PolicyKnowledge,
  policyEvents,
  runtimeEvents,
} from "./record/gateway-events.ts";
import { evidenceNews, leftoverNews, relayNews, seedNews, trustNews } from "./record/gateway-log.ts";
import { type GatewayState, reasonsNotReady } from "./record/gateway-state.ts";
import type { GatewayMetrics } from "./record/metrics.ts";
import { createRelay } from "./relay/relay.ts";
import { isServed } from "./relay/served-services.ts";
import { clientByService, forwarderByService, takingOutImageService } from "./runtime/image-endpoint.ts";
import { openRuntime } from "./runtime/runtime-client.ts";
import { runtimeWatch } from "./runtime/runtime-watch.ts";
import { type ListeningSocket, listenOn, listenOnPassed } from "./socket/listening-socket.ts";

/** A gateway that serves. */
export interface Gateway {
  /** where metrics are served; the port is the real one */
  readonly metrics: MetricsServer["address"] | undefined;
  /** fires when another gateway has taken over the socket, and this one should be drained */
  readonly displaced: AbortSignal;
  /** Takes no more calls, lets those under way end for as long as {@link drainPatience} has it, and closes everything. */
  drain(): Promise<void>;
}

/** What a process brings along. */
export interface GatewayHost {
  readonly environment: UserEnvironment;
  /** as Node names it: `x64` */
  readonly processor: string;
  readonly log: Logger;
  /** the socket to serve on, when a service manager has made it */
  readonly passedSocket?: number | undefined;
  /** the system's when undefined */
  readonly timing?: Timing;
}

/**
 * Builds everything and serves. A policy that is missing or broken does not keep it from starting: the node's other
 * calls must work, and pulls are refused with the reason.
 * @throws CountersignError SOCKET_IN_USE, SOCKET_UNUSABLE or CONFIG_INVALID
 */
export async function startGateway(config: GatewayConfig, host: GatewayHost): Promise<Gateway> {
  const { log, timing = systemTiming } = host;
  await using built = new AsyncDisposableStack();

  const metrics = config.metrics === undefined ? undefined : await loadMetrics();
  const sources = openSources({ ...config, environment: host.environment }, timing, trustNews(log));
  built.defer(() => sources.close());
  const images = openRuntime(config.imageEndpoint);
  built.defer(() => images.close());
  const isSplit = config.imageEndpoint.path !== config.runtimeEndpoint.path;
  const runtime = isSplit ? openRuntime(config.runtimeEndpoint) : images;
  built.defer(() => runtime.close());

  await makePolicyDirectory(config, log);
  for (const { flag, reason, ...told } of await pathsAmiss(config))
    log.warn({ flag: `--${flag}`, reason, ...told }, `--${flag} cannot be used: ${reason}`);
  const policiesKnown: PolicyKnowledge = {
    broken: new Set(),
    global: { file: config.signaturePolicy, digest: undefined },
  };
  const files = sharedLooks(policyFilesOnDisk);
  const filed = policyStore(
    { global: config.signaturePolicy, directory: config.signaturePolicyDir },
    files,
    { now: Date.now },
    policyEvents(log, metrics, policiesKnown),
  );
  const policies = awaitingNamespaces(filed, config, namespaceWaitEvents(log, metrics));
  const client = isSplit ? clientByService(images, runtime) : images;
  const recorder = allRecorders([auditLog(log), ...(metrics === undefined ? [] : [metrics.recorder])]);
  const shelf = openShelf(config, log);
  const { evidenceSeed } = config;
  const seed =
    evidenceSeed === undefined ? undefined : openEvidenceSeed(evidenceSeed, { now: Date.now }, seedNews(log));
  const slots = fairSlots(verificationSlots, timing);
  const { gate, memory } = buildGates(config, {
    ...{ sources, shelf, seed, client, policies, files, recorder, slots },
    leftovers: leftoverNews(log),
    processor: host.processor,
  });
  const gates = underWay(gate);
  const runtimeState = runtimeWatch(runtimeEvents(log, metrics), () => performance.now());
  const relay = createRelay({
    runtime: config.runtimeEndpoint,
    gate: isSplit ? takingOutImageService(gates.gate) : gates.gate,
    serves: isServed,
    forwarder: isSplit ? forwarderByService(images, runtime) : images,
    timing,
    report: relayNews(log, runtimeState),
  });

  let listening: ListeningSocket | undefined;
  const state: GatewayState = {
    get socketGone() {
      return listening?.isGone === true ? config.listen.path : undefined;
    },
    get connections() {
      return relay.connections;
    },
    get runtimeAway() {
      return runtimeState.away;
    },
    get verifications() {
      return slots.usage;
    },
    get evidence() {
      return shelf.usage;
    },
    get verdicts() {
      return memory.verdicts;
    },
    globalPolicy: policiesKnown.global,
    brokenPolicies: policiesKnown.broken,
  };
  const metricsServer = await serveGatewayMetrics(config, metrics, state);
  if (metricsServer !== undefined) built.defer(() => metricsServer.close());
  const socket =
    host.passedSocket === undefined
      ? await listenOn(config.listen, config.runtimeEndpoint, relay.accept, config.occupiedSocket)
      : await listenOnPassed(host.passedSocket, config.listen, relay.accept);
  listening = socket;
  await announce(config, metricsServer, policies, log);

  const parts = built.move();
  const drain = async () => {
    log.info(
      { drainTimeout: config.drainTimeout, handoverTimeout: config.handoverTimeout },
      "draining: no new calls, those under way may end",
    );
    await socket.close();
    // Who asks from now on asks our successor.
    await metricsServer?.close();
    using patience = drainPatience(
      config.listen.path,
      { alone: config.drainTimeout, succeeded: config.handoverTimeout },
      timing,
    );
    await relay.drain(patience.signal);
    await gates.idle(patience.signal);
    await parts.disposeAsync();
    log.info("ended");
  };
  let drained: Promise<void> | undefined;
  return {
    metrics: metricsServer?.address,
    displaced: socket.displaced,
    drain() {
      drained ??= drain();
      return drained;
    },
  };
}

/** In a cluster whose policies come to the node by and by, pods wait for those of their namespace. */
function awaitingNamespaces(
  policies: PolicySource,
  { knownNamespaces, namespaceWait, bootstrapNamespaces }: GatewayConfig,
  events: NamespaceWaitEvents,
): PolicySource {
  if (knownNamespaces === undefined) return policies;
  return waitForNamespaces(policies, {
    ...{ file: knownNamespaces, files: policyFilesOnDisk, bootstrap: bootstrapNamespaces },
    ...{ patience: namespaceWait, timing: systemTiming, events },
  });
}

/**
 * What is kept there is worth having, and nothing depends on it: a directory that cannot be used costs a registry's
 * answer for each creation, and is told.
 */
function openShelf({ evidenceDir, evidenceSize }: GatewayConfig, log: Logger): EvidenceShelf {
  const limits = { bytes: evidenceSize, age: maxEvidenceAge };
  return openEvidenceShelf(evidenceDir, limits, { now: Date.now }, evidenceNews(log));
}

/**
 * Verifications at a time: enough for a node that boots, few enough for its memory. Eight registries that hang, with as
 * many pulls as they may have, keep the pulls from others waiting no longer than a slow registry would.
 */
const verificationSlots: SlotLimits = { total: 32, perLane: 8, patience: 5_000, lingering: 64 };

/** Milliseconds; an image that nobody started for so long is verified anew. */
const maxEvidenceAge = 90 * 24 * 3_600_000;

/** Loaded only when asked for: a gateway without metrics starts sooner and is smaller. */
async function loadMetrics(): Promise<GatewayMetrics> {
  const { gatewayMetrics } = await import("./record/metrics.ts");
  return gatewayMetrics();
}

async function serveGatewayMetrics(
  { metrics: address }: GatewayConfig,
  metrics: GatewayMetrics | undefined,
  state: GatewayState,
): Promise<MetricsServer | undefined> {
  if (address === undefined || metrics === undefined) return undefined;
  metrics.watch(state);
  const { serveMetrics } = await import("@countersign/sources/serving/metrics-server");
  const { registry } = metrics;
  const pages = {
    contentType: registry.contentType,
    metrics: () => registry.metrics(),
    reasonsNotReady: () => reasonsNotReady(state),
  };
  return serveMetrics(address, pages, "shared");
}

/**
 * As CRI-O does: what brings policies to a node that has none must be able to start there. Once it was there, its absence
 * refuses every pull of a namespace.
 */
async function makePolicyDirectory({ signaturePolicyDir: path }: GatewayConfig, log: Logger): Promise<void> {
  if (path === undefined) return;
  try {
    const made = await makeDirectory(path, 0o755);
    if (made !== undefined)
      log.warn(
        { directory: path, made },
        "--signature-policy-dir was not there and is made, empty: every namespace goes by --signature-policy until policies are put into it; if its name is misspelt, mend the flag",
      );
  } catch (caught) {
    log.error(
      { directory: path, reason: CountersignError.from(caught).message },
      "--signature-policy-dir cannot be used; every pull for a pod is refused",
    );
  }
}

/** One line that says what listens where, by which policy, in front of what. */
async function announce(
  config: GatewayConfig,
  metrics: MetricsServer | undefined,
  policies: PolicySource,
  log: Logger,
): Promise<void> {
  const digest = await policies.policyFor(undefined).then(
    ({ policy }) => policy.digest,
    () => "unusable: pulls are refused",
  );
  log.info(
    {
      listen: config.listen.url,
      runtime: config.runtimeEndpoint.url,
      images: config.imageEndpoint.url,
      policy: config.signaturePolicy,
      policyDigest: digest,
      policyDirectory: config.signaturePolicyDir,
      metrics: metrics && `http://${metrics.address.host}:${metrics.address.port}/metrics`,
    },
    "serving CRI",
  );
}
