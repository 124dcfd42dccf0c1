import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { pushBusybox } from "../../peers/images.ts";
import { startNode, type TestNode } from "../../peers/node.ts";
import { newerProgram, run } from "../../peers/programs.ts";
import { cosignSign } from "../../peers/signing.ts";
import { acceptAnything, writePolicy } from "../../peers/trust-files.ts";
import { type Cluster, startCluster } from "../cluster.ts";
import { createNamespace, createPod } from "../pods.ts";

const refusal =
  "SignatureValidationFailed: Source image rejected: A signature was required, but no signature exists";

describe("a pod whose image is on the node before the kubelet asks for it", () => {
  let cluster: Cluster<TestNode>;
  let host: string;
  before(async () => {
    cluster = await startCluster(() => startNode("2.1"));
    host = cluster.node.registry.host;
    await writePolicy(join(cluster.node.trust.policyDirectory, "lax.json"), { default: [acceptAnything] });
    for (const namespace of ["lax", "strict"]) await createNamespace(cluster, namespace);
  });
  after(() => cluster?.close());

  /** What a lax namespace runs is on disk for everybody. */
  async function broughtByLaxNamespace(name: string): Promise<string> {
    const { reference } = await pushBusybox(host, `signed/${name}:v1`);
    const pod = await createPod(cluster, { name, namespace: "lax", image: reference });
    await pod.running();
    return reference;
  }

  /** Past CRI, as tools of the node do it. */
  async function preload(reference: string): Promise<void> {
    const address = ["--address", cluster.node.runtime.socket, "--namespace", "k8s.io"];
    await run(newerProgram("ctr"), [...address, "images", "pull", "--plain-http", reference]);
  }

  it("runs in the namespace that may have it and not in the one that may not, until that one may too", async () => {
    const image = await broughtByLaxNamespace("shared");
    const wishes = { namespace: "strict", image, pullPolicy: "IfNotPresent" } as const;
    const pod = await createPod(cluster, { ...wishes, name: "shared" });
    assert.equal(await pod.waitingFor("CreateContainerError"), refusal);
    assert.deepEqual((await pod.line()).slice(0, 3), ["shared", "0/1", "CreateContainerError"]);
    assert.equal(await pod.event("Failed", "Source image"), `Error: ${refusal}`);
    assert.match(await pod.event("Pulled", image), /already present on machine/);

    await writePolicy(join(cluster.node.trust.policyDirectory, "strict.json"), {
      default: [acceptAnything],
    });
    await pod.running();
    await writePolicy(join(cluster.node.trust.policyDirectory, "strict.json"), {
      default: [{ type: "reject" }],
    });
    const another = await createPod(cluster, { ...wishes, name: "another" });
    assert.equal(
      await another.waitingFor("CreateContainerError"),
      `SignatureValidationFailed: Source image rejected: Running image docker://${image} is rejected by policy.`,
    );
    // What runs already goes on: the gate is where containers are made.
    assert.deepEqual((await pod.line()).slice(0, 3), ["shared", "1/1", "Running"]);
  });

  describe("because it was preloaded, with imagePullPolicy: Never,", () => {
    const namespace = "preloaded";
    const pullPolicy = "Never";
    before(() => createNamespace(cluster, namespace));

    it("runs when it is signed, though the gateway has never seen it", async () => {
      const image = await pushBusybox(host, "signed/preloaded:v1");
      await cosignSign(image, cluster.node.key);
      await preload(image.reference);
      const wishes = { name: "signed", namespace, image: image.reference, pullPolicy } as const;
      await (await createPod(cluster, wishes)).running();
    });

    it("does not when it is not", async () => {
      const { reference } = await pushBusybox(host, "signed/preloaded-unsigned:v1");
      await preload(reference);
      const pod = await createPod(cluster, { name: "unsigned", namespace, image: reference, pullPolicy });
      assert.equal(await pod.waitingFor("CreateContainerError"), refusal);
    });

    it("is the kubelet's own matter when it is not there after all", async () => {
      const image = `${host}/signed/absent:v1`;
      const pod = await createPod(cluster, { name: "absent", namespace, image, pullPolicy });
      await pod.waitingFor("ErrImageNeverPull");
    });
  });

  describe("or not, and is the image of a volume,", () => {
    const namespace = "volumes";
    let image: string;
    before(async () => {
      await createNamespace(cluster, namespace);
      const signed = await pushBusybox(host, "signed/volumes:v1");
      await cosignSign(signed, cluster.node.key);
      image = signed.reference;
    });

    it("is mounted when it is signed", async () => {
      const data = await pushBusybox(host, "signed/data:v1");
      await cosignSign(data, cluster.node.key);
      const pod = await createPod(cluster, { name: "signed", namespace, image, volume: data.reference });
      await pod.running();
      assert.equal(await pod.busybox("ls", "/volume"), "bin\nunique\n");
    });

    it("is not pulled when it is not", async () => {
      const { reference } = await pushBusybox(host, "signed/data-unsigned:v1");
      const pod = await createPod(cluster, { name: "unsigned", namespace, image, volume: reference });
      assert.match(await pod.waitingFor("SignatureValidationFailed"), /no signature exists$/);
    });

    it("is not mounted when another namespace brought it", async () => {
      const volume = await broughtByLaxNamespace("shared-data");
      const pod = await createPod(cluster, { name: "present", namespace, image, volume });
      assert.equal(await pod.waitingFor("CreateContainerError"), `ImageVolumeMountFailed: ${refusal}`);
    });
  });
});
