import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setImmediate } from "node:timers/promises";
import { connect } from "node:tls";
import type { Timing } from "@countersign/sources/timing";
import { hangs, refuses } from "@countersign/testkit/registry/faults";
import { type ManualTiming, manualTiming } from "@countersign/testkit/registry/manual-timing";
import { clusterImagePolicies } from "../controller/policy-kinds.ts";
import { secrets } from "../kube/api-kind.ts";
import { ApiFailure, type ApiServer } from "../kube/api-server.ts";
import { apiServerInMemory } from "../testing/api-server/api-server-in-memory.ts";
import { certificatesEveryMs, drainMs, runWebhook, type WebhookEvents } from "./run-webhook.ts";
import { postReview } from "./testing/https-client.ts";
import { objectWith, reviewOf } from "./testing/review-of.ts";
import { type WebhookWorld, webhookWorld } from "./testing/webhook-world.ts";
import { readCertificateSecret } from "./tls/certificate-secret.ts";
import { validatingWebhooks } from "./tls/keep-certificates.ts";

const dnsNames = ["countersign-webhook.countersign-system.svc"];
const secretName = { namespace: "countersign-system", name: "tls" };

const configuration = {
  apiVersion: "admissionregistration.k8s.io/v1",
  kind: "ValidatingWebhookConfiguration",
  metadata: { name: "countersign" },
  webhooks: [{ name: "a", clientConfig: {} }],
};

const at = (value: unknown, path: string) =>
  path
    .split(".")
    .reduce<unknown>((found, name) => (found as Record<string, unknown> | undefined)?.[name], value);

interface Running extends AsyncDisposable {
  readonly world: WebhookWorld;
  readonly port: number;
  readonly failures: readonly string[];
  readonly renewals: () => number;
  /** Lets a month and a half pass since the certificates were made, and the webhook look at them. */
  passTime(): Promise<void>;
  /** Has it look at its certificates, and at who is to believe them. */
  look(): void;
  ca(): string;
  post(review: object | string, path?: string): Promise<{ readonly status: number; readonly body: string }>;
  /** waits until the webhook has heard of whatever was put into the store */
  heard(): Promise<void>;
}

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}

async function running(
  timing: Timing,
  surround: (server: ApiServer) => ApiServer = (server) => server,
): Promise<Running> {
  const world = await webhookWorld({ timing, knowsNothing: true });
  world.store.create(validatingWebhooks, configuration);
  const server = surround(apiServerInMemory(world.store));
  const stop = new AbortController();
  const failures: string[] = [];
  let renewals = 0;
  let behind = 45 * 86_400_000;
  const { promise: serving, resolve } = Promise.withResolvers<number>();
  const events: WebhookEvents = {
    serving: resolve,
    reviewed() {},
    followingFailed: ({ plural }, { code }) => void failures.push(`${plural} ${code}`),
    certificatesFailed: ({ code }) => void failures.push(`certificates ${code}`),
    certificatesRenewed: () => void renewals++,
  };
  const ended = runWebhook(
    {
      ...{ server, timing, events, objects: world.objects, policies: world.policies, external: [] },
      systemNamespace: "countersign-system",
      address: { host: "127.0.0.1", port: 0 },
      reviewers: new Map([
        ["/validate", world.validate],
        [
          "/broken",
          () => {
            throw new TypeError("a fault of this program");
          },
        ],
        ["/forgetful", () => new Promise(() => {})],
      ]),
      longestReviewMs: 25_000,
      mostReviews: 200,
      certificates: {
        ...{
          server,
          clock: { now: () => Date.now() - behind },
          dnsNames,
          secretName: secretName.name,
          namespace: secretName.namespace,
        },
        configurations: [{ kind: validatingWebhooks, name: "countersign" }],
      },
      patience: { pause: () => setImmediate() },
    },
    stop.signal,
  );
  const port = await serving;
  const look = () => {
    for (const wake of sleepers) wake();
  };
  const ca = () => {
    const found = world.store.get(secrets, secretName);
    return (found && readCertificateSecret(found)?.authorities.join("")) ?? "";
  };
  return {
    world,
    port,
    failures,
    renewals: () => renewals,
    ca,
    post: (review, path = "/validate?timeout=10s") =>
      postReview(port, path, ca(), typeof review === "string" ? review : JSON.stringify(review)),
    look,
    async passTime() {
      behind = 0;
      look();
      while (renewals < 2) await setImmediate();
    },
    async heard() {
      while (world.policies.unknown.length > 0) await setImmediate();
      for (let turns = 0; turns < 20; turns++) await setImmediate();
    },
    async [Symbol.asyncDispose]() {
      stop.abort();
      await ended;
      await world[Symbol.asyncDispose]();
    },
  };
}

const policyFor = (world: WebhookWorld) => ({
  apiVersion: "policy.sigstore.dev/v1alpha1",
  kind: "ClusterImagePolicy",
  metadata: { name: "signed" },
  spec: {
    images: [{ glob: "**" }],
    authorities: [{ name: "release", key: { data: world.kit.key("release").publicKeyPem } }],
  },
});
const podReview = (image: string) => reviewOf("Pod", objectWith("Pod", { containers: [{ image }] }));
const responseOf = (body: string) => JSON.parse(body).response;

/** who waits for time to pass that does not pass by itself */
const sleepers = new Set<() => void>();

/** Time stands still, but for the wait before the end. */
function timingFor(): ManualTiming {
  const timing = manualTiming();
  const sleep: Timing["sleep"] = async (ms, signal) => {
    if (ms === drainMs || signal.aborted) return;
    if (ms < certificatesEveryMs) return await untilAborted(signal);
    const { promise, resolve } = Promise.withResolvers<void>();
    sleepers.add(resolve);
    await Promise.race([promise, untilAborted(signal)]);
    sleepers.delete(resolve);
  };
  return { ...timing, now: () => timing.now(), sleep };
}

describe("a running webhook", () => {
  it("is called by HTTPS with certificates that it made, and judges by the cluster's policies", async () => {
    await using webhook = await running(timingFor());
    webhook.world.store.create(clusterImagePolicies, policyFor(webhook.world));
    await webhook.heard();
    const good = webhook.world.image("good:v1", "release");
    const bad = webhook.world.image("bad:v1");
    assert.equal(responseOf((await webhook.post(podReview(good))).body).allowed, true);
    const refused = responseOf((await webhook.post(podReview(bad))).body);
    assert.deepEqual([refused.allowed, refused.status.code], [false, 403]);
    assert.equal((await postReview(webhook.port, "/readyz", webhook.ca(), undefined)).status, 200);
    assert.equal((await postReview(webhook.port, "/healthz", webhook.ca(), undefined)).status, 200);
    assert.equal((await webhook.post("{}", "/elsewhere")).status, 404);
    const configuration = webhook.world.store.get(validatingWebhooks, { name: "countersign" });
    const told = JSON.stringify(configuration?.["webhooks"]);
    assert.ok(told.includes(Buffer.from(webhook.ca()).toString("base64")));
  });

  it("refuses, by its code, whatever goes wrong within it", async () => {
    await using webhook = await running(timingFor());
    const broken = responseOf((await webhook.post(podReview("a"), "/broken")).body);
    assert.deepEqual([broken.allowed, broken.status.code], [false, 500]);
    assert.match(broken.status.message, /a fault of this program \(INTERNAL\)/);
    for (const none of [
      "",
      "{",
      "[]",
      '{"kind":"AdmissionReview"}',
      JSON.stringify(reviewOf("Pod", {})).replace("admission.k8s.io/v1", "admission.k8s.io/v1beta1"),
    ]) {
      assert.equal((await webhook.post(none)).status, 400, none);
    }
  });

  it("answers before the API server gives up, whether a registry hangs or it itself does", async () => {
    const timing = timingFor();
    await using webhook = await running(timing);
    webhook.world.store.create(clusterImagePolicies, policyFor(webhook.world));
    await webhook.heard();
    const image = webhook.world.image("slow:v1", "release");
    webhook.world.registry.fail(/./, hangs());
    for (const path of ["/validate?timeout=10s", "/forgetful?timeout=10s"]) {
      const asked = webhook.post(podReview(image), path);
      await timing.untilAwaited(9000);
      timing.advance(9000);
      const { allowed, status } = responseOf((await asked).body);
      assert.deepEqual([allowed, status.code, status.reason], [false, 504, "Timeout"]);
      assert.match(status.message, /could not be decided within 9 seconds.*\(DEADLINE_EXCEEDED\)/);
    }
    webhook.world.registry.heal();
    assert.equal(responseOf((await webhook.post(podReview(image))).body).allowed, true);
  });

  it("refuses while a registry fails, and nothing of that is kept", async () => {
    await using webhook = await running(timingFor());
    webhook.world.store.create(clusterImagePolicies, policyFor(webhook.world));
    await webhook.heard();
    const image = webhook.world.image("app:v1", "release");
    webhook.world.registry.fail(/manifests/, refuses(403, "DENIED", "no"));
    assert.equal(responseOf((await webhook.post(podReview(image))).body).allowed, false);
    webhook.world.registry.heal();
    assert.equal(responseOf((await webhook.post(podReview(image))).body).allowed, true);
  });

  it("keeps what it knows while the API server is away, and lets nothing in before it knows", async () => {
    let isAway = true;
    const away = (server: ApiServer): ApiServer => ({
      ...server,
      async list(kind, query, signal) {
        if (isAway && kind === clusterImagePolicies) throw new ApiFailure("unreachable", "away");
        // where OpenShift is not
        if (kind.group === "config.openshift.io") throw new ApiFailure("notFound", "no such kind");
        return await server.list(kind, query, signal);
      },
    });
    await using webhook = await running(timingFor(), away);
    const image = webhook.world.image("app:v1", "release");
    const early = responseOf((await webhook.post(podReview(image))).body);
    assert.deepEqual([early.allowed, early.status.code], [false, 503]);
    assert.equal((await postReview(webhook.port, "/readyz", webhook.ca(), undefined)).status, 503);
    assert.ok(webhook.failures.includes("clusterimagepolicies unreachable"));
    webhook.world.store.create(clusterImagePolicies, policyFor(webhook.world));
    isAway = false;
    await webhook.heard();
    assert.equal(responseOf((await webhook.post(podReview(image))).body).allowed, true);
  });

  it("reads three megabytes, and no more than eight; and others are answered while somebody dawdles", async () => {
    await using webhook = await running(timingFor());
    webhook.world.store.create(clusterImagePolicies, policyFor(webhook.world));
    await webhook.heard();
    const image = webhook.world.image("app:v1", "release");
    const slow = connect({
      host: "127.0.0.1",
      port: webhook.port,
      ca: webhook.ca(),
      servername: dnsNames[0] ?? "",
    });
    slow.on("error", () => {});
    slow.write("POST /validate HTTP/1.1\r\nhost: a\r\ncontent-length: 1000\r\n\r\n{");
    const annotated = (size: number) =>
      reviewOf(
        "Pod",
        objectWith("Pod", { containers: [{ image }] }, { annotations: { a: "x".repeat(size) } }),
      );
    assert.equal(responseOf((await webhook.post(annotated(3 << 20))).body).allowed, true);
    assert.equal((await webhook.post(annotated(9 << 20)).catch(() => ({ status: 413 }))).status, 413);
    slow.destroy();
  });

  it("is believed again within seconds after somebody wrote its configuration anew", async () => {
    await using webhook = await running(timingFor());
    const { store } = webhook.world;
    const name = { name: "countersign" };
    const bundle = () => at(store.get(validatingWebhooks, name), "webhooks.0.clientConfig.caBundle");
    const before = bundle();
    assert.equal(before, Buffer.from(webhook.ca()).toString("base64"));
    store.delete(validatingWebhooks, name);
    store.create(validatingWebhooks, configuration);
    assert.equal(bundle(), undefined);
    webhook.look();
    while (bundle() === undefined) await setImmediate();
    assert.equal(bundle(), before);
    assert.ok(certificatesEveryMs <= 10_000);
  });

  it("is answered on while its certificate is replaced", async () => {
    await using webhook = await running(timingFor());
    webhook.world.store.create(clusterImagePolicies, policyFor(webhook.world));
    await webhook.heard();
    const image = webhook.world.image("app:v1", "release");
    const before = webhook.world.store.get(secrets, secretName)?.data;
    const some = () => Array.from({ length: 20 }, () => webhook.post(podReview(image)));
    const early = some();
    await webhook.passTime();
    const answers = await Promise.all([...early, ...some()]);
    assert.deepEqual(new Set(answers.map(({ body }) => responseOf(body).allowed)), new Set([true]));
    assert.notDeepEqual(webhook.world.store.get(secrets, secretName)?.data, before);
    assert.equal(webhook.renewals(), 2);
  });
});
