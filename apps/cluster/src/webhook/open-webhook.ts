import type { NoMatch } from "@countersign/engine/cluster/compile-cluster";
import type { Material, TrustedRootMaterial } from "@countersign/engine/cluster/materials";
import type { Platform } from "@countersign/engine/values/manifest";
import type { Sources } from "@countersign/sources/open-sources";
import { loadLanguagesForAuthors } from "@countersign/sources/policy-languages/read-policy";
import { fairSlots } from "@countersign/sources/serving/fair-slots";
import type { Timing } from "@countersign/sources/timing";
import { ClusterObjects } from "../controller/cluster-objects.ts";
import type { ExternalTexts } from "../controller/external-materials.ts";
import { remoteKey } from "../controller/remote-text.ts";
import type { RepositoryRoots } from "../controller/repository-roots.ts";
import { publicationChecks } from "../controller/rule-check.ts";
import type { ApiServer } from "../kube/api-server.ts";
import type { Patience } from "../kube/patience.ts";
import type { Reviewer } from "./answer-review.ts";
import { ClusterPolicies } from "./judge/cluster-policies.ts";
import { ImageJudge } from "./judge/image-judge.ts";
import { type PullSecretEvents, pullSecrets } from "./judge/pull-secrets.ts";
import { imagePinner } from "./pin-images.ts";
import { policyReviewer } from "./policies/review-policy.ts";
import { imagesRunning } from "./policies/system-images.ts";
import { workloadReviewer } from "./review-workload.ts";
import type { WebhookEvents, WebhookParts } from "./run-webhook.ts";
import { mutatingWebhooks, validatingWebhooks } from "./tls/keep-certificates.ts";

/** How a webhook is to behave. */
export interface WebhookConfig {
  readonly address: { readonly host: string; readonly port: number };
  readonly systemNamespace: string;
  /** of the Service by which API servers call it */
  readonly service: string;
  /** of the Secret in which replicas share certificates */
  readonly certificateSecret: string;
  /** of the webhook configurations whose caBundle it keeps */
  readonly configuration: string;
  readonly noMatch: NoMatch;
  readonly mode: "deny" | "warn";
  readonly lockout: "deny" | "warn";
  readonly platform: Platform;
  readonly longestReviewMs: number;
}

/** What it stands on. */
export interface WebhookSurroundings {
  readonly server: ApiServer;
  readonly sources: Sources;
  readonly publicRoot: Material<TrustedRootMaterial>;
  readonly kmsKeys: ExternalTexts;
  readonly remoteTexts: ExternalTexts;
  readonly repositories: RepositoryRoots;
  readonly patience: Patience;
  readonly timing: Timing;
  readonly events: WebhookEvents & PullSecretEvents;
}

/** Paths that webhook configurations name. */
export const reviewPaths = { workloads: "/validate", pin: "/pin", policies: "/policies" } as const;

/** Judgements that ask registries at once, and of one registry. */
const slots = { total: 64, perLane: 48, patience: 5_000, lingering: 64 };
const verdicts = { entries: 20_000, allowedForMs: 300_000, deniedForMs: 10_000 };
const mostReviews = 512;

/** Puts a webhook together. */
export async function openWebhook(
  config: WebhookConfig,
  surroundings: WebhookSurroundings,
): Promise<WebhookParts> {
  const { systemNamespace, platform, mode } = config;
  const { server, sources, timing, patience, events, kmsKeys, remoteTexts, publicRoot } = surroundings;
  const { repositories } = surroundings;
  const objects = new ClusterObjects();
  const policies = new ClusterPolicies({
    objects,
    systemNamespace,
    fetched: {
      publicRoot,
      kmsKey: (uri) => kmsKeys.find(uri),
      remoteText: (url, sha256) => remoteTexts.find(remoteKey(url, sha256)),
    },
    repositories,
    noMatch: config.noMatch,
    check: (await publicationChecks()).rule,
  });
  const judge = new ImageJudge({
    ports: { clock: timing, trustFiles: sources.trustFiles, trustRepositories: sources.trustRepositories },
    imageSources: sources.imageSources,
    slots: fairSlots(slots, timing),
    limits: verdicts,
  });
  const workload = { policies, judge, pullCredentials: pullSecrets(server, timing, events), platform, mode };
  const reviewers = new Map<string, Reviewer>([
    [reviewPaths.workloads, workloadReviewer(workload)],
    [reviewPaths.pin, imagePinner(workload)],
    [
      reviewPaths.policies,
      policyReviewer({
        policies,
        judge,
        platform,
        timing,
        systemNamespaces: [...new Set(["kube-system", systemNamespace])],
        imagesRunning: (namespace, signal) => imagesRunning(server, namespace, signal),
        lockout: config.lockout,
        languages: loadLanguagesForAuthors,
      }),
    ],
  ]);
  const dns = `${config.service}.${systemNamespace}`;
  return {
    server,
    systemNamespace,
    objects,
    policies,
    external: [kmsKeys, remoteTexts],
    address: config.address,
    reviewers,
    longestReviewMs: config.longestReviewMs,
    mostReviews,
    certificates: {
      server,
      clock: timing,
      namespace: systemNamespace,
      secretName: config.certificateSecret,
      dnsNames: [`${dns}.svc`, dns, `${dns}.svc.cluster.local`],
      configurations: [
        { kind: validatingWebhooks, name: config.configuration },
        { kind: mutatingWebhooks, name: config.configuration },
      ],
    },
    patience,
    timing,
    events,
  };
}
