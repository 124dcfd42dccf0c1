import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import {
  clusterImagePolicies,
  imagePolicies,
  openShiftClusterImagePolicies,
  openShiftImagePolicies,
} from "../controller/policy-kinds.ts";
import { configMaps } from "../kube/api-kind.ts";
import { apiServerInMemory } from "../testing/api-server/api-server-in-memory.ts";
import { apply } from "../testing/policy-objects.ts";
import { startController } from "../testing/running-controller.ts";
import { stagedTime } from "../testing/staged-time.ts";
import { objectWith, reviewOf } from "./testing/review-of.ts";
import { type WebhookWorld, webhookWorld } from "./testing/webhook-world.ts";

const kinds = [
  "Pod",
  "PodTemplate",
  "ReplicationController",
  "Deployment",
  "ReplicaSet",
  "StatefulSet",
  "DaemonSet",
  "Job",
  "CronJob",
];

/** Every way for an image into a pod. */
const ways: ReadonlyArray<
  readonly [way: string, spec: (image: string, good: string) => object, path: string]
> = [
  ["a container", (image) => ({ containers: [{ name: "a", image }] }), "containers[0].image"],
  [
    "a container beside a good one",
    (image, good) => ({ containers: [{ image: good }, { image }] }),
    "containers[1].image",
  ],
  [
    "an init container",
    (image, good) => ({ initContainers: [{ image }], containers: [{ image: good }] }),
    "initContainers[0].image",
  ],
  [
    "an ephemeral container",
    (image, good) => ({ containers: [{ image: good }], ephemeralContainers: [{ image }] }),
    "ephemeralContainers[0].image",
  ],
  [
    "a volume",
    (image, good) => ({
      containers: [{ image: good }],
      volumes: [
        { name: "x", emptyDir: {} },
        { name: "i", image: { reference: image } },
      ],
    }),
    "volumes[1].image.reference",
  ],
];

const specPath = (kind: string) => {
  if (kind === "Pod") return "spec";
  if (kind === "PodTemplate") return "template.spec";
  return kind === "CronJob" ? "spec.jobTemplate.spec.template.spec" : "spec.template.spec";
};

describe("a workload is judged by the images of its pods:", () => {
  let world: WebhookWorld;
  let good: string;
  let bad: string;
  before(async () => {
    world = await webhookWorld();
    world.require("**", "release");
    good = world.image("team/good:v1", "release");
    bad = world.image("team/bad:v1", "stranger");
  });
  after(() => world[Symbol.asyncDispose]());

  for (const kind of kinds) {
    for (const [way, spec, path] of ways) {
      it(`${kind}, ${way}`, async () => {
        const admitted = await world.ask(reviewOf(kind, objectWith(kind, spec(good, good))));
        assert.deepEqual(admitted, { uid: admitted.uid, allowed: true });
        const refused = await world.ask(reviewOf(kind, objectWith(kind, spec(bad, good))));
        assert.equal(refused.allowed, false);
        assert.equal(refused.status?.code, 403);
        const { message = "" } = refused.status ?? {};
        assert.ok(message.startsWith(`${specPath(kind)}.${path}: ${bad}: Source image rejected: `), message);
        assert.match(
          message,
          / \[ClusterImagePolicy signed-by-release\] \(SIGNATURE_NOT_ACCEPTED\)\. Have it signed by whom the policy names/,
        );
      });
    }
  }

  const pod = (image: string, more: object = {}, metadata: object = {}) =>
    objectWith("Pod", { containers: [{ image }], ...more }, metadata);

  it("an ephemeral container is asked of by its subresource", async () => {
    const parts = { operation: "UPDATE", subResource: "ephemeralcontainers", oldObject: pod(good) };
    const review = (image: string) => reviewOf("Pod", pod(good, { ephemeralContainers: [{ image }] }), parts);
    assert.equal((await world.ask(review(good))).allowed, true);
    assert.equal((await world.ask(review(bad))).allowed, false);
  });

  it("a change that changes no image passes, whatever the image is worth", async () => {
    world.registry.forgetRequests();
    const parts = { operation: "UPDATE", oldObject: pod(bad) };
    const changed = pod(bad, { activeDeadlineSeconds: 7 });
    assert.equal((await world.ask(reviewOf("Pod", changed, parts))).allowed, true);
    assert.equal(world.registry.requests.length, 0);
    assert.equal(
      (await world.ask(reviewOf("Pod", pod(bad), { ...parts, oldObject: pod(good) }))).allowed,
      false,
    );
  });

  it("what is deleted passes: by a request to delete, and while it is going", async () => {
    assert.equal((await world.ask(reviewOf("Pod", undefined, { operation: "DELETE" }))).allowed, true);
    const going = pod(bad, {}, { deletionTimestamp: "2026-01-01T00:00:00Z" });
    const parts = { operation: "UPDATE", oldObject: pod(good) };
    assert.equal((await world.ask(reviewOf("Pod", going, parts))).allowed, true);
  });

  it("what tells of a static pod passes, from a node alone", async () => {
    const annotations = { "kubernetes.io/config.mirror": "8e1f" };
    const mirror = pod(bad, { nodeName: "n1" }, { annotations });
    const node = { groups: ["system:nodes"] };
    const answers = [
      await world.ask(reviewOf("Pod", mirror, node)),
      await world.ask(reviewOf("Pod", mirror)),
      await world.ask(reviewOf("Pod", mirror, { ...node, operation: "UPDATE", oldObject: pod(good) })),
      await world.ask(reviewOf("Pod", pod(bad, { nodeName: "n1" }), node)),
      await world.ask(reviewOf("Pod", pod(bad, {}, { annotations }), node)),
      await world.ask(
        reviewOf(
          "Deployment",
          objectWith("Deployment", { containers: [{ image: bad }] }, { annotations }),
          node,
        ),
      ),
    ];
    assert.deepEqual(
      answers.map(({ allowed }) => allowed),
      [true, false, false, false, false, false],
    );
  });

  it("what is only being made is judged, whatever its author says of its end", async () => {
    const going = pod(bad, {}, { deletionTimestamp: "2026-01-01T00:00:00Z" });
    assert.equal((await world.ask(reviewOf("Pod", going))).allowed, false);
  });

  it("a tag is judged by what it leads to", async () => {
    const tagged = `${world.registry.address}/team/good:v1`;
    assert.equal((await world.ask(reviewOf("Pod", pod(tagged)))).allowed, true);
    const absent = await world.ask(reviewOf("Pod", pod(`${world.registry.address}/team/good:v9`)));
    assert.equal(absent.status?.code, 503);
    assert.match(
      absent.status?.message ?? "",
      /could not be decided, so it is refused: .*\(REGISTRY_NOT_FOUND\)\. Check/,
    );
  });

  it("a name that is none is refused, and one that is missing in a pod", async () => {
    const wrong = await world.ask(reviewOf("Pod", pod("Not A Name")));
    assert.equal(wrong.status?.code, 422);
    assert.match(wrong.status?.message ?? "", /\(REFERENCE_INVALID\)\. Correct the image's name/);
    assert.equal((await world.ask(reviewOf("Pod", pod("")))).allowed, false);
    const template = objectWith("Deployment", { containers: [{ name: "a" }] });
    assert.equal((await world.ask(reviewOf("Deployment", template))).allowed, true);
  });

  it("a kind without pods is refused rather than overlooked", async () => {
    const refused = await world.ask(reviewOf("Service", { metadata: { name: "a" }, spec: {} }));
    assert.equal(refused.status?.code, 400);
    assert.match(refused.status?.message ?? "", /\/Service is none of .*\(REVIEW_INVALID\)/);
  });

  it("ten thousand containers of one image are one question, and of different images none", async () => {
    world.registry.forgetRequests();
    const same = Array.from({ length: 10_000 }, (_, at) => ({ name: `c${at}`, image: good }));
    assert.equal((await world.ask(reviewOf("Pod", objectWith("Pod", { containers: same })))).allowed, true);
    assert.equal(world.registry.requests.length, 0);
    const different = same.map(({ name }) => ({ name, image: `registry.example/${name}:v1` }));
    const refused = await world.ask(reviewOf("Pod", objectWith("Pod", { containers: different })));
    assert.match(refused.status?.message ?? "", /10000 different images .*\(TOO_LARGE\)/);
    assert.equal(world.registry.requests.length, 0);
  });
});

describe("policies", () => {
  const pod = (image: string, labels: object = {}) =>
    objectWith("Pod", { containers: [{ image }] }, { labels });

  it("what no policy matches is refused, warned of or let in", async () => {
    for (const noMatch of ["deny", "warn", "allow"] as const) {
      await using world = await webhookWorld({ noMatch });
      const answer = await world.ask(reviewOf("Pod", pod(world.image("app:v1"))));
      assert.equal(answer.allowed, noMatch !== "deny");
      assert.equal(answer.warnings?.length ?? 0, noMatch === "warn" ? 1 : 0, JSON.stringify(answer));
      if (noMatch === "deny") assert.match(answer.status?.message ?? "", /no ClusterImagePolicy matches it/);
      if (noMatch === "warn")
        assert.match(answer.warnings?.[0] ?? "", /no ClusterImagePolicy matches it; --unmatched deny would/);
    }
  });

  it("a policy that warns lets in and says so", async () => {
    await using world = await webhookWorld();
    world.require("**", "release", { mode: "warn" });
    const answer = await world.ask(reviewOf("Pod", pod(world.image("app:v1"))));
    assert.equal(answer.allowed, true);
    assert.match(
      answer.warnings?.join() ?? "",
      /ClusterImagePolicy signed-by-release warns \(SIGNATURE_MISSING\): /,
    );
  });

  it("a webhook that only warns lets in what it would refuse, and says so", async () => {
    await using world = await webhookWorld({ mode: "warn" });
    world.require("**", "release");
    const answer = await world.ask(reviewOf("Pod", pod(world.image("app:v1"))));
    assert.equal(answer.allowed, true);
    assert.match(
      answer.warnings?.join() ?? "",
      /^spec\.containers\[0\]\.image: \S+: would be refused \(SIGNATURE_MISSING\): /,
    );
  });

  it("a policy that warns lets in what nobody can judge, too", async () => {
    await using world = await webhookWorld();
    world.require("**", "release", { mode: "warn" });
    const away = "127.0.0.1:1/app:v1";
    const answer = await world.ask(reviewOf("Pod", pod(away)));
    assert.equal(answer.allowed, true, JSON.stringify(answer));
    assert.match(
      answer.warnings?.join() ?? "",
      /ClusterImagePolicy signed-by-release warns \(REGISTRY_UNREACHABLE\)/,
    );
    world.require("**", "security");
    assert.equal((await world.ask(reviewOf("Pod", pod(away)))).status?.code, 503);
  });

  it("of two that match the one that is not met is named", async () => {
    await using world = await webhookWorld();
    world.require("**", "release");
    world.require("**", "security");
    const refused = await world.ask(reviewOf("Pod", pod(world.image("one:v1", "release"))));
    assert.match(refused.status?.message ?? "", /\[ClusterImagePolicy signed-by-security\]/);
    assert.doesNotMatch(refused.status?.message ?? "", /signed-by-release/);
  });

  it("what no policy matches is told the glob that would", async () => {
    await using world = await webhookWorld();
    const refused = await world.ask(reviewOf("Pod", pod(`quay.io:443/x/app:v1@sha256:${"a".repeat(64)}`)));
    assert.match(refused.status?.message ?? "", /with the glob "quay\.io:443\/x\/app@\*"/);
  });

  it("all that match must be met", async () => {
    await using world = await webhookWorld();
    world.require("**", "release");
    world.require("**", "security");
    const one = await world.ask(reviewOf("Pod", pod(world.image("one:v1", "release"))));
    const both = await world.ask(reviewOf("Pod", pod(world.image("both:v1", "release", "security"))));
    assert.deepEqual([one.allowed, both.allowed], [false, true]);
  });

  it("a namespace's own policy tightens what holds there, and there alone", async () => {
    await using world = await webhookWorld();
    const policy = world.require("**", "release");
    world.put(imagePolicies, {
      ...policy,
      apiVersion: "policy.countersign.dev/v1alpha1",
      kind: "ImagePolicy",
      metadata: { name: "own", namespace: "shop" },
      spec: {
        images: [{ glob: "**" }],
        authorities: [{ key: { data: world.kit.key("shop").publicKeyPem } }],
      },
    });
    const image = world.image("app:v1", "release");
    assert.equal((await world.ask(reviewOf("Pod", pod(image)))).allowed, false);
    assert.equal((await world.ask(reviewOf("Pod", pod(image), { namespace: "other" }))).allowed, true);
    const signed = world.image("shop:v1", "release", "shop");
    assert.equal((await world.ask(reviewOf("Pod", pod(signed)))).allowed, true);
  });

  it("OpenShift's policies hold besides", async () => {
    await using world = await webhookWorld({ noMatch: "allow" });
    const [host = ""] = world.image("app:v1").split("/");
    const keyData = Buffer.from(world.kit.key("release").publicKeyPem).toString("base64");
    world.put(openShiftClusterImagePolicies, {
      apiVersion: "config.openshift.io/v1",
      kind: "ClusterImagePolicy",
      metadata: { name: "openshift" },
      spec: {
        scopes: [host],
        policy: {
          rootOfTrust: { policyType: "PublicKey", publicKey: { keyData } },
          signedIdentity: { matchPolicy: "MatchRepository" },
        },
      },
    });
    const ask = async (image: string) => (await world.ask(reviewOf("Pod", pod(image)))).allowed;
    assert.deepEqual(
      [await ask(world.image("bad:v1")), await ask(world.image("good:v1", "release"))],
      [false, true],
    );
  });

  it("OpenShift's policies and globs that match must both be met, and a denial names whose demand was not", async () => {
    await using world = await webhookWorld();
    const [host = ""] = world.image("app:v1").split("/");
    const openShift = (signer: string, name: string, namespace?: string) => {
      const keyData = Buffer.from(world.kit.key(signer).publicKeyPem).toString("base64");
      world.put(namespace === undefined ? openShiftClusterImagePolicies : openShiftImagePolicies, {
        apiVersion: "config.openshift.io/v1",
        kind: namespace === undefined ? "ClusterImagePolicy" : "ImagePolicy",
        metadata: { name, ...(namespace !== undefined && { namespace }) },
        spec: {
          scopes: [host],
          policy: {
            rootOfTrust: { policyType: "PublicKey", publicKey: { keyData } },
            signedIdentity: { matchPolicy: "MatchRepository" },
          },
        },
      });
    };
    world.require("**", "release");
    openShift("platform", "openshift");
    openShift("team", "own", "shop");
    const ask = async (image: string, namespace: string) => {
      const { allowed, status } = await world.ask(reviewOf("Pod", pod(image), { namespace }));
      return [allowed, /\[([A-Za-z]+ [a-z/]+)\]/.exec(status?.message ?? "")?.[1]];
    };
    const one = world.image("one:v1", "release");
    const two = world.image("two:v1", "release", "platform");
    const all = world.image("all:v1", "release", "platform", "team");
    const scopes = world.image("scopes:v1", "platform", "team");
    assert.deepEqual(await ask(one, "other"), [false, "ClusterImagePolicy openshift"]);
    assert.deepEqual(await ask(two, "other"), [true, undefined]);
    assert.deepEqual(await ask(two, "shop"), [false, "ImagePolicy shop/own"]);
    assert.deepEqual(await ask(all, "shop"), [true, undefined]);
    assert.deepEqual((await ask(scopes, "shop"))[0], false);
  });

  it("a policy for some objects holds for those alone", async () => {
    const match = [
      { group: "apps", version: "*", resource: "deployments", selector: { matchLabels: { tier: "front" } } },
    ];
    await using world = await webhookWorld({ noMatch: "allow" });
    world.require("**", "release", { match });
    const spec = { containers: [{ image: world.image("app:v1") }] };
    const ask = async (kind: string, labels: object) =>
      (await world.ask(reviewOf(kind, objectWith(kind, spec, { labels })))).allowed;
    assert.equal(await ask("Deployment", { tier: "front" }), false);
    assert.equal(await ask("Deployment", { tier: "back" }), true);
    assert.equal(await ask("StatefulSet", { tier: "front" }), true);
    assert.equal(await ask("Pod", { tier: "front" }), true);
  });

  it("a policy that was edited to nonsense stays in force, for the objects it was for", async () => {
    await using world = await webhookWorld({ noMatch: "allow" });
    const policy = world.require("**", "release", { match: [{ version: "v1", resource: "pods" }] });
    const image = world.image("app:v1");
    assert.equal((await world.ask(reviewOf("Pod", pod(image)))).allowed, false);
    world.put(
      { group: "policy.sigstore.dev", version: "v1alpha1", plural: "clusterimagepolicies", scope: "Cluster" },
      { ...policy, spec: { images: [], match: [{ resource: "apples" }] } },
    );
    assert.equal((await world.ask(reviewOf("Pod", pod(image)))).allowed, false);
    const job = objectWith("Job", { containers: [{ image }] });
    assert.equal((await world.ask(reviewOf("Job", job))).allowed, true);
  });

  it("a policy that broke before the webhook began stays in force as nodes have it", async () => {
    await using world = await webhookWorld({ noMatch: "deny" });
    const policy = world.require("**", "release");
    const [signed, unsigned] = [world.image("app:v1", "release"), world.image("app:v2")];
    const time = stagedTime();
    apply(world.store, policy);
    const controller = startController(apiServerInMemory(world.store), time);
    await time.pass(2_000);
    const stopped = controller.stop();
    await time.pass(30_000);
    await stopped;
    world.put(clusterImagePolicies, { ...policy, spec: { images: [{ glob: "**" }], authorities: [] } });
    for (const object of world.store.list(configMaps, {}, 100, undefined).objects)
      world.put(configMaps, object);
    assert.equal((await world.ask(reviewOf("Pod", pod(signed)))).allowed, true);
    assert.equal((await world.ask(reviewOf("Pod", pod(unsigned)))).allowed, false);
  });

  it("the images of a policy that never was right are refused, whatever else lets them in", async () => {
    await using world = await webhookWorld({ noMatch: "allow" });
    const image = world.image("app:v1", "release");
    world.require("**", "release", { authorities: [{ static: { action: "pass" } }] }, "everything");
    assert.equal((await world.ask(reviewOf("Pod", pod(image)))).allowed, true);
    const policy = world.require("**", "release", { authorities: [{ key: { data: "no key" } }] }, "wrong");
    const { allowed, status } = await world.ask(reviewOf("Pod", pod(image)));
    assert.equal(allowed, false);
    assert.match(status?.message ?? "", /\[ClusterImagePolicy wrong\]/);
    world.put(clusterImagePolicies, { ...policy, spec: { ...(policy.spec as object), mode: "warn" } });
    assert.equal((await world.ask(reviewOf("Pod", pod(image)))).allowed, true);
  });

  it("nothing is let in before all policies are known", async () => {
    await using world = await webhookWorld({ noMatch: "allow", knowsNothing: true });
    const answer = await world.ask(reviewOf("Pod", pod(world.image("app:v1"))));
    assert.equal(answer.status?.code, 503);
    assert.match(answer.status?.message ?? "", /has not told all policies yet .*\(POLICIES_UNKNOWN\)/);
  });
});
