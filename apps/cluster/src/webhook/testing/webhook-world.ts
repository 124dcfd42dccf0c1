import { join } from "node:path";
import type { NoMatch } from "@countersign/engine/cluster/compile-cluster";
import { openSources } from "@countersign/sources/open-sources";
import { fairSlots } from "@countersign/sources/serving/fair-slots";
import { systemTiming, type Timing } from "@countersign/sources/timing";
import { startRegistry, type TestRegistry } from "@countersign/testkit/registry/registry";
import { temporaryRoot } from "@countersign/testkit/registry/temporary-root";
import { createSigningKit, type SigningKit } from "@countersign/testkit/signing-kit/signing-kit";
import { ClusterObjects } from "../../controller/cluster-objects.ts";
import { clusterImagePolicies } from "../../controller/policy-kinds.ts";
import { repositoryRoots } from "../../controller/repository-roots.ts";
import { publicationChecks } from "../../controller/rule-check.ts";
import type { ApiKind } from "../../kube/api-kind.ts";
import type { ApiObject } from "../../kube/api-object.ts";
import { apiServerInMemory } from "../../testing/api-server/api-server-in-memory.ts";
import { ObjectStore } from "../../testing/api-server/object-store.ts";
import { answerReview, type Reviewer } from "../answer-review.ts";
import { ClusterPolicies, followedKinds } from "../judge/cluster-policies.ts";
import { ImageJudge } from "../judge/image-judge.ts";
import { pullSecrets } from "../judge/pull-secrets.ts";
import { imagePinner } from "../pin-images.ts";
import { type WorkloadParts, workloadReviewer } from "../review-workload.ts";

export interface WorldOptions {
  readonly noMatch?: NoMatch;
  readonly mode?: "deny" | "warn";
  readonly timing?: Timing;
  readonly registry?: Parameters<typeof startRegistry>[0];
  readonly knowsNothing?: boolean;
}

/** What an API server reads in an answer. */
export interface ReadAnswer {
  readonly uid: string;
  readonly allowed: boolean;
  readonly warnings?: readonly string[];
  readonly patch?: string;
  readonly status?: { readonly code: number; readonly reason: string; readonly message: string };
}

/** A webhook with all its parts but its server, a registry, an API server's store, and whoever signs images. */
export interface WebhookWorld extends AsyncDisposable {
  readonly registry: TestRegistry;
  readonly store: ObjectStore;
  readonly objects: ClusterObjects;
  readonly policies: ClusterPolicies;
  readonly kit: SigningKit;
  readonly parts: WorkloadParts;
  readonly validate: Reviewer;
  readonly unusableSecrets: readonly string[];
  /** Puts a policy, or another object that is followed, where the webhook sees it. */
  put(kind: ApiKind, object: ApiObject): void;
  remove(kind: ApiKind, object: ApiObject): void;
  /** A ClusterImagePolicy that wants a signature by a key of this name. */
  require(glob: string, key: string, spec?: object, name?: string): ApiObject;
  /** Stores an image and signs it by keys of these names; @returns its name with its digest */
  image(name: string, ...keys: readonly string[]): string;
  ask(review: object, reviewer?: Reviewer, within?: number): Promise<ReadAnswer>;
  readonly pin: Reviewer;
}

export async function webhookWorld(options: WorldOptions = {}): Promise<WebhookWorld> {
  const timing = options.timing ?? systemTiming;
  const root = temporaryRoot();
  const registry = await startRegistry(options.registry);
  const kit = createSigningKit();
  const store = new ObjectStore();
  const server = apiServerInMemory(store);
  const objects = new ClusterObjects();
  const conf = `[[registry]]\nlocation = "${registry.address}"\ninsecure = true\n`;
  const attachments = "default-docker: {use-sigstore-attachments: true}\n";
  const sources = openSources(
    {
      environment: root.environment,
      registriesConf: root.write("registries.conf", conf),
      registriesD: join(root.write("registries.d/default.yaml", attachments), ".."),
      authfile: undefined,
    },
    timing,
  );
  const missing = { type: "missing", why: "not in this test" } as const;
  const policies = new ClusterPolicies({
    objects,
    systemNamespace: "countersign-system",
    fetched: { publicRoot: missing, kmsKey: () => missing, remoteText: () => missing },
    repositories: repositoryRoots(timing),
    noMatch: options.noMatch ?? "deny",
    check: (await publicationChecks()).rule,
  });
  if (options.knowsNothing !== true) {
    for (const kind of followedKinds) objects.apply(kind, { type: "listed", objects: [] });
  }
  const judge = new ImageJudge({
    ports: { clock: timing, trustFiles: sources.trustFiles, trustRepositories: sources.trustRepositories },
    imageSources: sources.imageSources,
    slots: fairSlots({ total: 32, perLane: 24, patience: 10_000, lingering: 32 }, timing),
    limits: { entries: 1000, allowedForMs: 300_000, deniedForMs: 10_000 },
  });
  const unusableSecrets: string[] = [];
  const parts: WorkloadParts = {
    policies,
    judge,
    pullCredentials: pullSecrets(server, timing, {
      unusable: (kind, { namespace, name }, why) =>
        void unusableSecrets.push(`${kind} ${namespace}/${name}: ${why}`),
    }),
    platform: { os: "linux", architecture: "amd64", variant: "" },
    mode: options.mode ?? "deny",
  };
  const validate = workloadReviewer(parts);
  const put = (kind: ApiKind, object: ApiObject) => {
    objects.apply(kind, { type: "set", object });
    policies.changed(kind);
  };
  return {
    registry,
    store,
    objects,
    policies,
    kit,
    parts,
    validate,
    pin: imagePinner(parts),
    unusableSecrets,
    put,
    remove(kind, object) {
      objects.apply(kind, { type: "removed", object });
      policies.changed(kind);
    },
    require(glob, key, spec = {}, name = `signed-by-${key}`) {
      const policy = {
        apiVersion: "policy.sigstore.dev/v1alpha1",
        kind: "ClusterImagePolicy",
        metadata: { name },
        spec: {
          images: [{ glob }],
          authorities: [{ name: key, key: { data: kit.key(key).publicKeyPem } }],
          ...spec,
        },
      };
      put(clusterImagePolicies, policy);
      return policy;
    },
    image(name, ...keys) {
      const [repository = ""] = name.split(":");
      const { digest } = registry.image(name, { files: { name } });
      const reference = `${registry.address}/${repository}`;
      const signatures = keys.map((key) => kit.sign(kit.key(key), { digest, reference }));
      if (signatures.length > 0) registry.attachSignatures(repository, digest, signatures);
      return `${reference}@${digest}`;
    },
    async ask(review, reviewer = validate, within = 10_000) {
      const { body } = await answerReview(Buffer.from(JSON.stringify(review)), reviewer, within, timing);
      return (JSON.parse(body) as { readonly response: ReadAnswer }).response;
    },
    async [Symbol.asyncDispose]() {
      await sources.close();
      await registry.close();
      root[Symbol.dispose]();
    },
  };
}
