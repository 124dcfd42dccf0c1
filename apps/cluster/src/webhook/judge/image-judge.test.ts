import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { manualTiming } from "@countersign/testkit/registry/manual-timing";
import { secrets, serviceAccounts } from "../../kube/api-kind.ts";
import { objectWith, reviewOf } from "../testing/review-of.ts";
import { webhookWorld } from "../testing/webhook-world.ts";

const podReview = (image: string, more: object = {}) =>
  reviewOf("Pod", objectWith("Pod", { containers: [{ image }], ...more }));

describe("many reviews at once", () => {
  it("ask registries once about each image, and let in what is signed and nothing else", async () => {
    await using world = await webhookWorld();
    world.require("**", "release");
    const good = Array.from({ length: 10 }, (_, at) => world.image(`good${at}:v1`, "release"));
    const bad = Array.from({ length: 10 }, (_, at) => world.image(`bad${at}:v1`, "stranger"));
    const images = [...good, ...bad];
    const single = async (image: string) => {
      world.registry.forgetRequests();
      await world.ask(podReview(image));
      return world.registry.requests.length;
    };
    const each = [await single(good[0] ?? ""), await single(bad[0] ?? "")] as const;
    world.registry.forgetRequests();
    const reviews = Array.from({ length: 1000 }, (_, at) => images[at % images.length] ?? "");
    const waiting = reviews.values();
    const answers: (readonly [image: string, allowed: boolean])[] = [];
    const caller = async () => {
      for (const image of waiting) answers.push([image, (await world.ask(podReview(image))).allowed]);
    };
    await Promise.all(Array.from({ length: 100 }, caller));
    assert.equal(answers.length, 1000);
    assert.deepEqual(
      answers.filter(([image, allowed]) => allowed !== good.includes(image)),
      [],
    );
    // nine of each are new; a registry is greeted once more for some of them at most
    const expected = 9 * each[0] + 9 * each[1];
    assert.ok(world.registry.requests.length <= expected, `${world.registry.requests.length} of ${expected}`);
    assert.ok(world.registry.requests.length > 18);
  });

  it("ask about a tag anew each time, and verify what it leads to once", async () => {
    await using world = await webhookWorld();
    world.require("**", "release");
    world.image("app:v1", "release");
    const tagged = `${world.registry.address}/app:v1`;
    await world.ask(podReview(tagged));
    world.registry.forgetRequests();
    for (let times = 0; times < 3; times++) assert.equal((await world.ask(podReview(tagged))).allowed, true);
    assert.deepEqual(
      world.registry.requests.map(({ method, path }) => `${method} ${path}`),
      Array.from({ length: 3 }, () => "GET /v2/app/manifests/v1"),
    );
    world.image("app:v1", "stranger");
    world.registry.image("app:v1", { files: { other: "content" } });
    assert.equal((await world.ask(podReview(tagged))).allowed, false);
  });
});

describe("what was found out", () => {
  it("is kept for some minutes if it was good, for seconds if it was not, and not under another policy", async () => {
    const timing = manualTiming();
    await using world = await webhookWorld({ timing });
    world.require("**", "release");
    const good = world.image("good:v1", "release");
    const bad = world.image("bad:v1");
    const asks = async (image: string) => {
      world.registry.forgetRequests();
      await world.ask(podReview(image));
      return world.registry.requests.length > 0;
    };
    assert.deepEqual([await asks(good), await asks(bad)], [true, true]);
    assert.deepEqual([await asks(good), await asks(bad)], [false, false]);
    timing.advance(11_000);
    assert.deepEqual([await asks(good), await asks(bad)], [false, true]);
    timing.advance(300_000);
    assert.equal(await asks(good), true);
    world.require("**", "security");
    assert.equal(await asks(good), true);
  });

  it("with one pod's credentials is not told to a pod without", async () => {
    const access = { type: "basic", users: { u: "p" } } as const;
    await using world = await webhookWorld({ registry: { access } });
    world.require("**", "release");
    const image = world.image("private:v1", "release");
    const auth = Buffer.from("u:p").toString("base64");
    const json = JSON.stringify({ auths: { [world.registry.address]: { auth } } });
    const data = { ".dockerconfigjson": Buffer.from(json).toString("base64") };
    world.store.create(secrets, {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { namespace: "shop", name: "pull" },
      data,
    });
    world.store.create(serviceAccounts, {
      apiVersion: "v1",
      kind: "ServiceAccount",
      metadata: { namespace: "shop", name: "robot" },
      imagePullSecrets: [{ name: "pull" }],
    });
    assert.equal((await world.ask(podReview(image, { imagePullSecrets: [{ name: "pull" }] }))).allowed, true);
    assert.equal((await world.ask(podReview(image, { serviceAccountName: "robot" }))).allowed, true);
    const without = await world.ask(podReview(image));
    assert.equal(without.allowed, false);
    assert.match(without.status?.message ?? "", /\(REGISTRY_DENIED\)\. Name a pull secret/);
    const absent = await world.ask(podReview(image, { imagePullSecrets: [{ name: "absent" }] }));
    assert.equal(absent.allowed, false);
    assert.ok(world.unusableSecrets.includes("Secret shop/absent: there is none"));
  });
});

describe("pinning", () => {
  const patchOf = (patch: string | undefined) =>
    patch === undefined ? [] : JSON.parse(Buffer.from(patch, "base64").toString());

  it("writes the digest behind the tag of each image of a pod, once", async () => {
    await using world = await webhookWorld({ noMatch: "allow" });
    const [name = "", digest = ""] = world.image("app:v1").split("@");
    const pod = (image: string) => ({
      initContainers: [{ image }],
      containers: [{ image: `${name}@${digest}` }, { image: name }],
      volumes: [
        { name: "a", emptyDir: {} },
        { name: "b", image: { reference: image } },
      ],
    });
    world.registry.image("app:latest", { files: { latest: "" } });
    const { patch } = await world.ask(reviewOf("Pod", objectWith("Pod", pod(`${name}:v1`))), world.pin);
    const operations = patchOf(patch);
    assert.deepEqual(
      operations.map(({ path }: { readonly path: string }) => path),
      ["/spec/initContainers/0/image", "/spec/containers/1/image", "/spec/volumes/1/image/reference"],
    );
    assert.equal(operations[0].value, `${name}:v1@${digest}`);
    const pinned = objectWith("Pod", { containers: [{ image: operations[0].value }] });
    const again = await world.ask(reviewOf("Pod", pinned), world.pin);
    assert.deepEqual([again.allowed, again.patch], [true, undefined]);
    assert.equal((await world.ask(reviewOf("Pod", pinned))).allowed, true);
  });

  it("leaves what makes pods alone, and refuses a tag that leads nowhere", async () => {
    await using world = await webhookWorld({ noMatch: "allow" });
    world.image("app:v1");
    const image = `${world.registry.address}/app:v1`;
    const deployment = reviewOf("Deployment", objectWith("Deployment", { containers: [{ image }] }));
    assert.equal((await world.ask(deployment, world.pin)).patch, undefined);
    const nowhere = await world.ask(podReview(`${world.registry.address}/app:v9`), world.pin);
    assert.equal(nowhere.allowed, false);
    assert.match(nowhere.status?.message ?? "", /\(REGISTRY_NOT_FOUND\)/);
  });
});
