import type { Timing } from "@countersign/sources/timing";
import type { ClusterObjects } from "../controller/cluster-objects.ts";
import type { ExternalTexts } from "../controller/external-materials.ts";
import { trustRoots } from "../controller/policy-kinds.ts";
import { type ApiKind, configMaps, secrets } from "../kube/api-kind.ts";
import { ApiFailure, type ApiServer } from "../kube/api-server.ts";
import { followObjects } from "../kube/follow-objects.ts";
import type { Patience } from "../kube/patience.ts";
import type { Reviewer, ReviewRecord } from "./answer-review.ts";
import { type ClusterPolicies, followedKinds, optionalKinds } from "./judge/cluster-policies.ts";
import { serveWebhook, type WebhookServer } from "./serve/webhook-server.ts";
import type { WebhookCertificates } from "./tls/certificates.ts";
import { type CertificateKeeperParts, keepCertificates } from "./tls/keep-certificates.ts";

export interface WebhookParts {
  readonly server: ApiServer;
  /** where Secrets and ConfigMaps are that policies refer to */
  readonly systemNamespace: string;
  readonly objects: ClusterObjects;
  readonly policies: ClusterPolicies;
  /** what policies name outside the cluster */
  readonly external: readonly ExternalTexts[];
  readonly address: { readonly host: string; readonly port: number };
  /** by path */
  readonly reviewers: ReadonlyMap<string, Reviewer>;
  readonly longestReviewMs: number;
  readonly mostReviews: number;
  readonly certificates: CertificateKeeperParts;
  readonly patience: Patience;
  readonly timing: Timing;
  readonly events: WebhookEvents;
}

export interface WebhookEvents {
  serving(port: number): void;
  reviewed(path: string, record: ReviewRecord): void;
  /** a kind cannot be asked for just now; what is known of it stays */
  followingFailed(kind: ApiKind, error: ApiFailure): void;
  /** the certificates in use go on */
  certificatesFailed(error: ApiFailure): void;
  certificatesRenewed(certificates: WebhookCertificates): void;
}

/**
 * Two or three objects are read. A configuration that is made or written anew meanwhile, by an upgrade or a GitOps tool,
 * has nobody call the webhook until it is told of the authority, and so keeps every pod out.
 */
export const certificatesEveryMs: number = 10_000;
const externalEveryMs = 5_000;
/** After an endpoint is taken out, requests still come for as long. */
export const drainMs: number = 4_000;

/**
 * Runs a webhook until `signal` ends it; what was asked by then is answered.
 * @throws what no other attempt would mend
 */
export async function runWebhook(parts: WebhookParts, signal: AbortSignal): Promise<void> {
  const { events, policies, timing } = parts;
  const stopping = new AbortController();
  const ending = AbortSignal.any([signal, stopping.signal]);
  const tasks = [...followedKinds.map((kind) => follow(parts, kind, ending)), settleExternal(parts, ending)];
  let server: WebhookServer | undefined;
  try {
    const first = await firstCertificates(parts, ending);
    if (first === undefined) return;
    server = await serveWebhook({
      address: parts.address,
      certificate: first.server,
      reviewers: parts.reviewers,
      longestReviewMs: parts.longestReviewMs,
      mostReviews: parts.mostReviews,
      timing,
      reviewed: events.reviewed,
      reasonsNotReady: () => policies.unknown.map((plural) => `${plural} are not known yet`),
    });
    events.certificatesRenewed(first);
    events.serving(server.port);
    tasks.push(renewCertificates(parts, server, first, ending));
    await Promise.race(tasks);
  } finally {
    if (server !== undefined && signal.aborted) await timing.sleep(drainMs, new AbortController().signal);
    stopping.abort();
    await Promise.all([...tasks, server?.close()]);
  }
}

async function follow(
  { server, systemNamespace, objects, policies, patience, events }: WebhookParts,
  kind: ApiKind,
  signal: AbortSignal,
): Promise<void> {
  const isSystems = kind === secrets || kind === configMaps;
  const selection = isSystems ? { namespace: systemNamespace } : {};
  const failed = (error: ApiFailure) => {
    if (!optionalKinds.has(kind) || error.code !== "notFound") return events.followingFailed(kind, error);
    if (!objects.knows(kind)) objects.apply(kind, { type: "listed", objects: [] });
  };
  for await (const change of followObjects(
    { server, kind, selection, pause: patience.pause, failed },
    signal,
  )) {
    objects.apply(kind, change);
    policies.changed(kind);
  }
}

/** What is outside the cluster tells nobody that it changed. */
async function settleExternal(parts: WebhookParts, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    for (const texts of parts.external) {
      if (texts.isAwaited && (await texts.settle(signal))) parts.policies.changed(trustRoots);
    }
    await parts.timing.sleep(externalEveryMs, signal).catch(() => {});
  }
}

async function firstCertificates(
  { certificates, patience, events }: WebhookParts,
  signal: AbortSignal,
): Promise<WebhookCertificates | undefined> {
  for (let failures = 0; !signal.aborted; failures++) {
    try {
      return await keepCertificates(certificates, signal);
    } catch (error) {
      if (signal.aborted) return undefined;
      if (!(error instanceof ApiFailure)) throw error;
      events.certificatesFailed(error);
      await patience.pause(failures, error.retryAfter, signal);
    }
  }
  return undefined;
}

async function renewCertificates(
  { certificates, events, timing }: WebhookParts,
  server: WebhookServer,
  first: WebhookCertificates,
  signal: AbortSignal,
): Promise<void> {
  let presented = first.server.certificate;
  while (!signal.aborted) {
    await timing.sleep(certificatesEveryMs * (1 + timing.random() / 10), signal).catch(() => {});
    if (signal.aborted) return;
    try {
      const now = await keepCertificates(certificates, signal);
      if (now.server.certificate === presented) continue;
      server.present(now.server);
      presented = now.server.certificate;
      events.certificatesRenewed(now);
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof ApiFailure)) throw error;
      events.certificatesFailed(error);
    }
  }
}
