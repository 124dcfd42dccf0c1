import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { pushBusybox } from "../../peers/images.ts";
import { startNode, type TestNode } from "../../peers/node.ts";
import type { PushedImage } from "../../peers/pushed-image.ts";
import { account } from "../../peers/registry.ts";
import { cosignSign, makeKeyPair } from "../../peers/signing.ts";
import { policyFor, signedBy, writePolicy } from "../../peers/trust-files.ts";
import { type Cluster, startCluster } from "../cluster.ts";
import { createNamespace, createPod } from "../pods.ts";

const unsigned = "Source image rejected: A signature was required, but no signature exists";

describe("a pod whose image the kubelet pulls through the gateway", () => {
  let cluster: Cluster<TestNode>;
  let host: string;
  let privateHost: string;
  before(async () => {
    cluster = await startCluster(() => startNode("2.1"));
    host = cluster.node.registry.host;
    privateHost = cluster.node.privateRegistry.host;
  });
  after(() => cluster?.close());

  async function signedImage(name: string): Promise<PushedImage> {
    const image = await pushBusybox(host, name);
    await cosignSign(image, cluster.node.key);
    return image;
  }

  it("says SignatureValidationFailed for an unsigned image, while another one from an allowed image runs", async () => {
    const namespace = "shop";
    await createNamespace(cluster, namespace);
    const { reference } = await pushBusybox(host, "signed/unsigned:v1");
    const refused = await createPod(cluster, { name: "refused", namespace, image: reference });
    const image = (await signedImage("signed/app:v1")).reference;
    const allowed = await createPod(cluster, { name: "allowed", namespace, image });

    const message = await refused.waitingFor("SignatureValidationFailed");
    assert.equal(
      message,
      `image pull failed for ${reference} because the signature validation failed: ${unsigned}`,
    );
    assert.deepEqual((await refused.line()).slice(0, 3), ["refused", "0/1", "SignatureValidationFailed"]);
    assert.equal(
      await refused.event("Failed", "Source image"),
      `Failed to pull image "${reference}": SignatureValidationFailed: ${unsigned}`,
    );
    await allowed.running();
    assert.deepEqual((await allowed.line()).slice(0, 3), ["allowed", "1/1", "Running"]);
    assert.equal(await allowed.busybox("echo", "through the gateway"), "through the gateway\n");

    // Once the kubelet has noticed that it waits, and for as long as it does so.
    const later = await refused.waitingFor("ImagePullBackOff");
    assert.equal(
      later,
      `Back-off pulling image "${reference}": SignatureValidationFailed: ` +
        `image pull failed for ${reference} because the signature validation failed: ${unsigned}`,
    );
  });

  it("runs by itself once its image is signed", async () => {
    const namespace = "late";
    await createNamespace(cluster, namespace);
    const image = await pushBusybox(host, "signed/late:v1");
    const pod = await createPod(cluster, { name: "late", namespace, image: image.reference });
    await pod.waitingFor("SignatureValidationFailed");
    await cosignSign(image, cluster.node.key);
    await pod.running();
  });

  it("runs by itself once the policy names the right key", async () => {
    const namespace = "mended";
    await createNamespace(cluster, namespace);
    const { trust, directory, key } = cluster.node;
    const other = await makeKeyPair(directory, "other");
    const policy = (by: typeof key) => policyFor({ [`${host}/mended`]: [signedBy(by)] });
    const file = `${trust.policyDirectory}/${namespace}.json`;
    await writePolicy(file, policy(other));
    const image = (await signedImage("mended/app:v1")).reference;
    const pod = await createPod(cluster, { name: "mended", namespace, image });
    const message = await pod.waitingFor("SignatureValidationFailed");
    assert.match(message, /cryptographic signature verification failed/);
    await writePolicy(file, policy(key));
    await pod.running();
  });

  it("says RegistryUnavailable while the registry is away, and runs once it is back", async () => {
    const namespace = "outage";
    await createNamespace(cluster, namespace);
    const image = (await signedImage("signed/outage:v1")).reference;
    await cluster.node.registry.kill();
    const pod = await createPod(cluster, { name: "outage", namespace, image });
    const message = await pod.waitingFor("RegistryUnavailable").finally(() => cluster.node.registry.start());
    // What was asked of the registry in vain depends on what is remembered of it.
    const beginning = `image pull failed for ${image} because the registry is unavailable: initializing source docker://${image}: `;
    assert.equal(message.slice(0, beginning.length), beginning);
    assert.match(message, /: dial tcp 127\.0\.0\.1:\d+: connect: connection refused$/);
    await pod.running();
  });

  describe("with pull secrets of which the kubelet tries one after the other", () => {
    const namespace = "private";
    before(async () => {
      await createNamespace(cluster, namespace);
      await addSecret("wrong", privateHost, "wrong-and-secret");
      await addSecret("right", privateHost, account.password);
      await addSecret("right-too", `${privateHost}/signed`, account.password);
    });

    async function addSecret(name: string, server: string, password: string): Promise<void> {
      const { username } = account;
      const flags = { server, username, password };
      const written = Object.entries(flags).map(([flag, value]) => `--docker-${flag}=${value}`);
      const kind = ["secret", "docker-registry"];
      await cluster.kubectl("create", ...kind, name, `--namespace=${namespace}`, ...written);
    }

    const behindThePassword = ({ reference }: PushedImage) => reference.replace(host, privateHost);

    it("runs a signed image with the one that is right", async () => {
      const image = await pushBusybox(host, "signed/private:v1");
      await cosignSign(image, cluster.node.key, { identity: behindThePassword(image) });
      const pullSecrets = ["wrong", "right"];
      const wishes = { name: "signed", namespace, image: behindThePassword(image), pullSecrets };
      await (await createPod(cluster, wishes)).running();
    });

    it("says SignatureValidationFailed for an unsigned one when several are right, for the answers are the same", async () => {
      const image = behindThePassword(await pushBusybox(host, "signed/private-unsigned:v1"));
      const pullSecrets = ["right", "right-too"];
      const pod = await createPod(cluster, { name: "unsigned", namespace, image, pullSecrets });
      const message = await pod.waitingFor("SignatureValidationFailed");
      assert.equal(
        message,
        `image pull failed for ${image} because the signature validation failed: ${unsigned}`,
      );
    });

    it("says ErrImagePull for an unsigned one when one of them is wrong: the kubelet joins what it was told, and knows neither", async () => {
      const image = behindThePassword(await pushBusybox(host, "signed/private-mixed:v1"));
      const pullSecrets = ["wrong", "right"];
      const pod = await createPod(cluster, { name: "mixed", namespace, image, pullSecrets });
      const message = await pod.waitingFor("ErrImagePull");
      assert.match(
        message,
        /^\[initializing source .*: authentication required, SignatureValidationFailed: /,
      );
    });
  });
});
