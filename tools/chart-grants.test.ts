import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setImmediate } from "node:timers/promises";
import { externalTexts } from "@countersign/cluster/controller/external-materials";
import { clusterImagePolicies } from "@countersign/cluster/controller/policy-kinds";
import { repositoryRoots } from "@countersign/cluster/controller/repository-roots";
import { leases, pods, secrets } from "@countersign/cluster/kube/api-kind";
import type { ApiServer } from "@countersign/cluster/kube/api-server";
import { apiPublicationSource } from "@countersign/cluster/sync/api-publication-source";
import { nodeReportObject } from "@countersign/cluster/sync/node-report";
import { nodeReporter } from "@countersign/cluster/sync/node-reporter";
import { apiServerInMemory } from "@countersign/cluster/testing/api-server/api-server-in-memory";
import { type Access, authorizedServer } from "@countersign/cluster/testing/api-server/authorized-server";
import { ObjectStore } from "@countersign/cluster/testing/api-server/object-store";
import {
  apply,
  clusterPolicy,
  namespaceObject,
  namespacePolicy,
  trustRootObject,
} from "@countersign/cluster/testing/policy-objects";
import { startController } from "@countersign/cluster/testing/running-controller";
import { stagedTime } from "@countersign/cluster/testing/staged-time";
import { openWebhook } from "@countersign/cluster/webhook/open-webhook";
import { parseReview } from "@countersign/cluster/webhook/review/parse-review";
import { drainMs, runWebhook } from "@countersign/cluster/webhook/run-webhook";
import { objectWith, reviewOf } from "@countersign/cluster/webhook/testing/review-of";
import { mutatingWebhooks, validatingWebhooks } from "@countersign/cluster/webhook/tls/keep-certificates";
import { parseIndex } from "@countersign/engine/cluster/parse-publication";
import { partsOf } from "@countersign/engine/cluster/publication";
import { openSources } from "@countersign/sources/open-sources";
import { systemTiming } from "@countersign/sources/timing";
import { startRegistry } from "@countersign/testkit/registry/registry";
import { temporaryRoot } from "@countersign/testkit/registry/temporary-root";
import { type Grant, grants, type Program } from "./chart/grants.ts";

const systemNamespace = "countersign-system";
const { signal } = new AbortController();

/** Whose pull secrets the webhook may read, in this test. */
const shop = "shop";
const namespaceOf: Readonly<Record<Grant["where"], string | undefined>> = {
  cluster: undefined,
  system: systemNamespace,
  "kube-system": "kube-system",
  "pull-secrets": shop,
};

/** Source: kubernetes.io, Using RBAC Authorization; what is created has no name yet, and a list one by its field selector. */
function covers(grant: Grant, { verb, group, resource, namespace, name }: Access): boolean {
  const isThere = grant.where === "cluster" || namespaceOf[grant.where] === namespace;
  const isNamed =
    grant.resourceNames === undefined || (name !== undefined && grant.resourceNames.includes(name));
  return (
    isThere &&
    isNamed &&
    grant.apiGroups.includes(group) &&
    grant.resources.includes(resource) &&
    grant.verbs.includes(verb)
  );
}

/** A store behind the grants of a program, and what it used of them. */
function granted(program: Program, store: ObjectStore) {
  const used = new Set<string>();
  const refused: string[] = [];
  const use = (grant: Grant, resource: string, verb: string) =>
    `${grants[program].indexOf(grant)} ${resource} ${verb}`;
  const server = authorizedServer(apiServerInMemory(store), (access) => {
    const found = grants[program].filter((grant) => covers(grant, access));
    for (const grant of found) used.add(use(grant, access.resource, access.verb));
    if (found.length === 0) refused.push(JSON.stringify(access));
    return found.length > 0;
  });
  const all = grants[program].flatMap((grant) =>
    grant.resources.flatMap((resource) =>
      grant.verbs.map((verb) => [use(grant, resource, verb), grant] as const),
    ),
  );
  return { server, refused, unused: () => all.filter(([key]) => !used.has(key)).map(([key]) => key) };
}

describe("the grants of", () => {
  it("the controller are what it uses, and nothing more", async () => {
    const store = new ObjectStore();
    const time = stagedTime(2 * 86_400_000);
    const { server, refused, unused } = granted("controller", store);
    apply(
      store,
      namespaceObject("shop"),
      clusterPolicy("a"),
      clusterPolicy("b"),
      namespacePolicy("shop", "own"),
      trustRootObject("ours", {}),
    );
    const report = {
      node: "gone",
      target: "gateway",
      generation: 1,
      problem: undefined,
      left: [],
      withoutRoom: [],
      renewed: 0,
    };
    store.create(leases, nodeReportObject(systemNamespace, report, undefined));
    const running = startController(server, time);
    await time.pass(20_000);
    apply(store, { ...clusterPolicy("a"), spec: { images: [] } });
    store.delete(clusterImagePolicies, { name: "b" });
    await time.pass(20_000);
    // until parts that nothing leads to are removed, and a node that reports no more is forgotten
    for (let times = 0; times < 5 && unused().length > 0; times++) await time.pass(300_000);
    const stopped = running.stop();
    await time.pass(30_000);
    await stopped;
    assert.deepEqual(refused, []);
    assert.deepEqual(unused(), []);
  });

  it("sync are what it uses, and nothing more", async () => {
    const store = new ObjectStore();
    const time = stagedTime();
    apply(store, namespaceObject("shop"), clusterPolicy("a"));
    const controller = startController(apiServerInMemory(store), time);
    await time.pass(20_000);
    const { server, refused, unused } = granted("sync", store);
    await follow(server);
    const reporter = nodeReporter({
      ...{ server, namespace: systemNamespace, node: "n1", target: "gateway", timing: time, wall: time.now },
      patience: { pause: () => setImmediate() },
      failed(error) {
        throw error;
      },
    });
    const outcome = {
      ...{ reportWithin: undefined, left: new Map<string, string>(), withoutRoom: new Set<string>() },
    };
    reporter.applied({ ...outcome, generation: 1 });
    await reporter.report(signal);
    reporter.applied({ ...outcome, generation: 2 });
    await reporter.report(signal);
    const stopped = controller.stop();
    await time.pass(30_000);
    await stopped;
    assert.deepEqual(refused, []);
    assert.deepEqual(unused(), []);
  });

  it("the webhook are what it uses, and nothing more", async () => {
    using root = temporaryRoot();
    await using registry = await startRegistry();
    const store = new ObjectStore();
    const { server, refused, unused } = granted("webhook", store);
    installed(store);
    apply(store, clusterPolicy("signed", "**"));
    registry.image("app:v1");
    const image = `${registry.address}/app:v1`;
    const conf = `[[registry]]\nlocation = "${registry.address}"\ninsecure = true\n`;
    const sources = openSources({
      environment: root.environment,
      registriesConf: root.write("registries.conf", conf),
      registriesD: undefined,
      authfile: undefined,
    });
    const nothing = () => externalTexts(async () => "", Date.now);
    const { promise: serving, resolve } = Promise.withResolvers<number>();
    const parts = await openWebhook(
      {
        ...{ systemNamespace, service: "countersign-webhook", certificateSecret: "countersign-webhook-tls" },
        ...{
          configuration: "countersign",
          noMatch: "deny",
          mode: "deny",
          lockout: "warn",
          longestReviewMs: 20_000,
        },
        platform: { os: "linux", architecture: "amd64", variant: "" },
        address: { host: "127.0.0.1", port: 0 },
      },
      {
        ...{ server, sources, kmsKeys: nothing(), remoteTexts: nothing() },
        repositories: repositoryRoots(systemTiming),
        publicRoot: { type: "missing", why: "not here" },
        patience: { pause: () => setImmediate() },
        timing: {
          ...systemTiming,
          sleep: (ms, within) => (ms === drainMs ? Promise.resolve() : ended(within)),
        },
        events: {
          serving: resolve,
          ...{
            reviewed() {},
            followingFailed() {},
            certificatesFailed() {},
            certificatesRenewed() {},
            unusable() {},
          },
        },
      },
    );
    const stop = new AbortController();
    const running = runWebhook(parts, AbortSignal.any([stop.signal]));
    await serving;
    while (parts.policies.unknown.length > 0 && refused.length === 0) await setImmediate();
    const ask = (path: string, review: object) =>
      parts.reviewers.get(path)?.(parseReview(Buffer.from(JSON.stringify(review))), signal);
    const pod = (more: object) =>
      reviewOf("Pod", objectWith("Pod", { containers: [{ image }], ...more }), { namespace: shop });
    assert.equal((await ask("/validate", pod({ imagePullSecrets: [{ name: "pull" }] })))?.allowed, false);
    assert.equal((await ask("/validate", pod({})))?.allowed, false);
    assert.equal(
      (await ask("/policies", reviewOf("ClusterImagePolicy", clusterPolicy("more", "**"))))?.allowed,
      true,
    );
    for (let turns = 0; turns < 1000 && unused().length > 0; turns++) await setImmediate();
    stop.abort();
    await running;
    await sources.close();
    assert.deepEqual(refused, []);
    assert.deepEqual(unused(), []);
  });
});

/** What the manifests bring that a webhook finds there, and pods that run in the cluster's own namespaces. */
function installed(store: ObjectStore): void {
  const admission = "admissionregistration.k8s.io/v1";
  const webhooks = [{ name: "a", clientConfig: {} }];
  const metadata = { name: "countersign" };
  store.create(validatingWebhooks, {
    apiVersion: admission,
    kind: "ValidatingWebhookConfiguration",
    metadata,
    webhooks,
  });
  store.create(mutatingWebhooks, {
    apiVersion: admission,
    kind: "MutatingWebhookConfiguration",
    metadata,
    webhooks,
  });
  const secret = { namespace: systemNamespace, name: "countersign-webhook-tls" };
  store.create(secrets, { apiVersion: "v1", kind: "Secret", metadata: secret });
  store.create(pods, {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { namespace: "kube-system", name: "dns" },
    spec: {},
  });
}

async function follow(server: ApiServer): Promise<void> {
  const source = apiPublicationSource({
    ...{ server, namespace: systemNamespace, patience: { pause: () => setImmediate() } },
    unreachable(error) {
      throw error;
    },
    absent() {},
  });
  const stopping = new AbortController();
  const indexes = source.follow(stopping.signal);
  const { value } = await indexes[Symbol.asyncIterator]().next();
  const [digest] = partsOf(parseIndex(String(value)));
  assert.ok(digest);
  await source.part(digest, signal);
  // the watch is asked for once the list was told
  const more = indexes[Symbol.asyncIterator]().next();
  await setImmediate();
  stopping.abort();
  await more;
}

function ended(within: AbortSignal): Promise<void> {
  return new Promise((resolve) => within.addEventListener("abort", () => resolve(), { once: true }));
}
