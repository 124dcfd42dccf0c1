import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { status } from "@grpc/grpc-js";
import { pushBusybox, pushBusyboxIndex } from "../../peers/images.ts";
import { outcomeOf } from "../../peers/outcome.ts";
import { podConfig } from "../../peers/pods.ts";
import { inNewerSuite, newerProgram, run } from "../../peers/programs.ts";
import type { PushedImage } from "../../peers/pushed-image.ts";
import { cosignSign, skopeoCopy } from "../../peers/signing.ts";
import { acceptAnything, writePolicy } from "../../peers/trust-files.ts";
import { type Cluster, startCluster } from "../cluster.ts";
import { runCrictlPod } from "../crictl.ts";
import { alias, type CrioNode, startCrioNode } from "../crio-node.ts";
import { createNamespace, createPod } from "../pods.ts";

const unsigned =
  "SignatureValidationFailed: Source image rejected: A signature was required, but no signature exists";

describe("through the gateway to CRI-O,", () => {
  let node: CrioNode;
  let host: string;
  before(async () => {
    node = await startCrioNode();
    host = node.registry.host;
    await writePolicy(join(node.trust.policyDirectory, "lax.json"), { default: [acceptAnything] });
  });
  after(() => node?.close());

  const pull = (reference: string, namespace = "strict") =>
    node.kubelet.pullImage({ image: { image: reference }, sandboxConfig: podConfig(namespace) });

  async function known(reference: string) {
    const { image } = await node.kubelet.imageStatus({ image: { image: reference } });
    return image;
  }

  async function signedImage(name: string): Promise<PushedImage> {
    const image = await pushBusybox(host, name);
    await cosignSign(image, node.key);
    return image;
  }

  /** What CRI-O calls an image that it keeps under its config's digest. */
  const idOf = (image: PushedImage) => image.id.replace("sha256:", "");

  describe("a pull", () => {
    it("of a signed image brings it, known and answered as after a direct one", async () => {
      const image = await signedImage("signed/app:v1");
      const through = await pull(image.reference);
      const present = await known(image.reference);
      assert.equal(present?.id, idOf(image));
      await node.direct.removeImage({ image: { image: image.reference } });
      await node.direct.removeImage({ image: { image: idOf(image) } });
      const straight = await node.direct.pullImage({ image: { image: image.reference } });
      assert.equal(through.imageRef, straight.imageRef);
      assert.deepEqual(present?.repoTags, (await known(image.reference))?.repoTags);
    });

    it("of an unsigned one is refused, and nothing of it is there", async () => {
      const image = await pushBusybox(host, "signed/unsigned:v1");
      const outcome = await outcomeOf(pull(image.reference));
      assert.deepEqual(outcome, { code: status.UNKNOWN, message: unsigned });
      assert.equal(await known(image.reference), undefined);
      assert.equal(await known(idOf(image)), undefined);
    });

    it("of an index brings this machine's instance if that is signed", async () => {
      const image = await pushBusyboxIndex(host, "signed/multi:v1");
      await cosignSign(image, node.key, { everyInstance: true });
      await pull(image.reference);
      assert.equal((await known(image.reference))?.id, idOf(image));
    });

    it("by digest brings a signed image", async () => {
      const image = await signedImage("signed/by-digest:v1");
      await pull(`${image.repository}@${image.digest}`);
      assert.equal((await known(`${image.repository}@${image.digest}`))?.id, idOf(image));
    });

    it("by an alias of registries.conf is judged as what the alias means", async () => {
      const image = await pushBusybox(host, "signed/aliased:unsigned");
      const outcome = await outcomeOf(pull(`${alias}:unsigned`));
      assert.deepEqual(outcome, { code: status.UNKNOWN, message: unsigned });
      assert.equal(await known(image.reference), undefined);
      const good = await signedImage("signed/aliased:v1");
      await pull(`${alias}:v1`);
      assert.equal((await known(`${alias}:v1`))?.id, idOf(good));
    });
  });

  describe("a container", () => {
    /** The names by which a kubelet or a user may ask CRI-O for an image that it has. */
    const callings: readonly (readonly [what: string, name: (image: PushedImage) => string])[] = [
      ["its id", idOf],
      ["the beginning of its id", (image) => idOf(image).slice(0, 12)],
      [
        "its digest, as the kubelet gives back what the pull answered",
        (image) => `${image.repository}@${image.digest}`,
      ],
      ["its tag", (image) => image.reference],
    ];

    it("is made of a signed image, whatever it is called", async () => {
      const image = await signedImage("signed/created:v1");
      await pull(image.reference);
      const pod = await runCrictlPod(node, "signed");
      for (const [what, name] of callings) {
        assert.equal(await pod.create(name(image), image.reference), "created", what);
      }
    });

    it("is not made of what only another namespace may have, whatever it is called", async () => {
      const image = await pushBusybox(host, "signed/lax:v1");
      await pull(image.reference, "lax");
      const [lax, strict] = [await runCrictlPod(node, "lax"), await runCrictlPod(node, "strict")];
      for (const [what, name] of callings) {
        assert.equal(await lax.create(name(image), image.reference), "created", what);
        assert.equal(await strict.create(name(image), image.reference), unsigned, what);
      }
    });

    it("is made of an index's instance, named by tag, by the index's digest and by the instance's", async () => {
      const image = await pushBusyboxIndex(host, "signed/created-multi:v1");
      await cosignSign(image, node.key, { everyInstance: true });
      const { imageRef } = await pull(image.reference);
      assert.notEqual(imageRef, `${image.repository}@${image.digest}`);
      const pod = await runCrictlPod(node, "indexes");
      for (const name of [image.reference, `${image.repository}@${image.digest}`, imageRef]) {
        assert.equal(await pod.create(idOf(image), name), "created", name);
      }
    });

    it("is made of an image that CRI-O pulled in part and keeps under an id of its own making, if that is signed", async () => {
      const compression = ["--dest-compress-format", "zstd:chunked", "--dest-force-compress-format"];
      async function chunked(name: string): Promise<PushedImage> {
        const { reference, id } = await pushBusybox(host, `free/${name}:v1`);
        const repository = `${host}/signed/${name}`;
        const image = { reference: `${repository}:v1`, repository, id };
        await skopeoCopy(`docker://${reference}`, `docker://${image.reference}`, node.trust, compression);
        const digest = await run(newerProgram("crane"), ["digest", image.reference]);
        return { ...image, digest: digest.trim() };
      }
      const signed = await chunked("chunked");
      await cosignSign(signed, node.key);
      await pull(signed.reference);
      const present = await known(signed.reference);
      assert.notEqual(present?.id, idOf(signed));
      const pod = await runCrictlPod(node, "chunked");
      assert.equal(await pod.create(present?.id ?? "", signed.reference), "created");

      const other = await chunked("chunked-unsigned");
      await pull(other.reference, "lax");
      const id = (await known(other.reference))?.id ?? "";
      assert.equal(await pod.create(id, other.reference), unsigned);
      // Nor under the name of the one that is signed.
      assert.notEqual(await pod.create(id, signed.reference), "created");
    });

    it("is made of a short name's image", async () => {
      const image = await signedImage("signed/aliased:created");
      await pull(`${alias}:created`);
      const pod = await runCrictlPod(node, "short");
      assert.equal(await pod.create(idOf(image), `${alias}:created`), "created");
    });

    it("is not made under a name that CRI-O made up of one image's repository and another one's digest", async () => {
      const image = await signedImage("signed/original:v1");
      const copy = { ...image, reference: `${host}/free/copy:v1`, repository: `${host}/free/copy` };
      const flags = ["--format", "v2s2", "--remove-signatures"];
      await skopeoCopy(`docker://${image.reference}`, `docker://${copy.reference}`, node.trust, flags);
      await pull(image.reference);
      await pull(copy.reference);
      const present = await known(image.reference);
      assert.equal((await known(copy.reference))?.id, present?.id);
      const [copied] = (present?.repoDigests ?? []).filter((name) => !name.endsWith(image.digest));
      const madeUp = `${image.repository}@${copied?.split("@")[1]}`;
      assert.ok(present?.repoDigests.includes(madeUp), "CRI-O makes up such names");

      const pod = await runCrictlPod(node, "pairs");
      assert.equal(await pod.create(idOf(image), image.reference), "created");
      assert.equal(await pod.create(idOf(image), copy.reference), "created");
      assert.match(await pod.create(idOf(image), madeUp), /manifest unknown/);
    });

    describe("of an image that was put into the storage past CRI", () => {
      /** As podman, skopeo and preloaders do. */
      async function preload(image: PushedImage): Promise<void> {
        const { root, runroot } = node.runtime.storage;
        const to = `containers-storage:[overlay@${root}+${runroot}]${image.reference}`;
        const insecure = ["--insecure-policy", "copy", "--src-tls-verify=false", "--quiet"];
        await run(inNewerSuite, ["skopeo", ...insecure, `docker://${image.reference}`, to]);
      }

      it("is made if it is signed", async () => {
        const image = await signedImage("signed/preloaded:v1");
        await preload(image);
        const pod = await runCrictlPod(node, "preloaded");
        assert.equal(await pod.create(idOf(image), image.reference), "created");
      });

      it("is not if it is not", async () => {
        const image = await pushBusybox(host, "signed/preloaded-unsigned:v1");
        await preload(image);
        const pod = await runCrictlPod(node, "preloaded-unsigned");
        assert.equal(await pod.create(idOf(image), image.reference), unsigned);
      });
    });
  });
});

describe("a kubelet on the gateway to CRI-O", () => {
  let cluster: Cluster<CrioNode>;
  before(async () => {
    cluster = await startCluster(startCrioNode);
    for (const namespace of ["lax", "strict"]) await createNamespace(cluster, namespace);
    await writePolicy(join(cluster.node.trust.policyDirectory, "lax.json"), { default: [acceptAnything] });
  });
  after(() => cluster?.close());

  /**
   * What the gateway's log says of a container's creation. What comes after it is the runtime's: where the kernel has no
   * hugetlb cgroup, a kubelet's containers do not come into being under CRI-O. The test's time limit bounds the waiting.
   */
  async function decisionOn(image: string, namespace: string): Promise<string> {
    for (;;) {
      const lines = (await cluster.node.gateway.log()).split("\n").filter((line) => line.startsWith("{"));
      const decision = lines
        .map((line) => JSON.parse(line))
        .find(
          (line) => line.audit === "CreateContainer" && line.image === image && line.namespace === namespace,
        );
      if (decision !== undefined) return decision.decision;
      await delay(100);
    }
  }

  it("says SignatureValidationFailed for an unsigned image, while another one gets its container", async () => {
    const { registry, key } = cluster.node;
    const namespace = "strict";
    const bad = await pushBusybox(registry.host, "signed/unsigned:v1");
    const refused = await createPod(cluster, { name: "refused", namespace, image: bad.reference });
    const good = await pushBusybox(registry.host, "signed/app:v1");
    await cosignSign(good, key);
    await createPod(cluster, { name: "allowed", namespace, image: good.reference });
    assert.match(await refused.waitingFor("SignatureValidationFailed"), /no signature exists$/);
    assert.equal(await decisionOn(good.reference, namespace), "allowed");
  });

  it("gets a container of a short name's image, unless only another namespace may have that", async () => {
    const { registry, key } = cluster.node;
    const signed = await pushBusybox(registry.host, "signed/aliased:v1");
    await cosignSign(signed, key);
    await createPod(cluster, { name: "short", namespace: "strict", image: `${alias}:v1` });
    assert.equal(await decisionOn(`${alias}:v1`, "strict"), "allowed");

    const image = `${alias}:unsigned`;
    await pushBusybox(registry.host, "signed/aliased:unsigned");
    await createPod(cluster, { name: "lax", namespace: "lax", image });
    assert.equal(await decisionOn(image, "lax"), "allowed");
    const strict = await createPod(cluster, { name: "strict", namespace: "strict", image });
    assert.equal(await strict.waitingFor("CreateContainerError"), unsigned);
  });
});
