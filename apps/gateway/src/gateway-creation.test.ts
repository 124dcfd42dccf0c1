import assert from "node:assert/strict";
import { rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { create, toBinary } from "@bufbuild/protobuf";
import { parseDigest } from "@countersign/engine/values/digest";
import { RestorePodRequestSchema } from "@countersign/sources/cri/generated/cri_pb";
import { refuses } from "@countersign/testkit/registry/faults";
import { temporaryRoot } from "@countersign/testkit/registry/temporary-root";
import { waitsFor } from "@countersign/testkit/runtime/runtime-faults";
import { createSigningKit } from "@countersign/testkit/signing-kit/signing-kit";
import { configDigestOf, openNode } from "./testing/node-in-process.ts";

const acceptAnything = '{"default":[{"type":"insecureAcceptAnything"}]}';
const unsigned = {
  code: 2,
  details:
    "SignatureValidationFailed: Source image rejected: A signature was required, but no signature exists",
};
const signedBy = (publicKeyPem: string) =>
  JSON.stringify({
    default: [{ type: "sigstoreSigned", keyData: Buffer.from(publicKeyPem).toString("base64") }],
  });
const idOf = (image: { readonly bytes: Uint8Array }) => parseDigest(configDigestOf(image));

/** Looks at signatures only: every other request is the runtime's, or for what it pulls. */
const looksAtSignatures = (node: Awaited<ReturnType<typeof openNode>>) =>
  node.registry.requests.filter(({ path }) => path.endsWith(".sig")).length;

describe("a container is made", () => {
  it("from a signed image that was pulled, without asking its registry again, or at all", async () => {
    await using node = await openNode();
    const image = node.publishSigned("signed/app:v1");
    const { imageRef } = await node.pull("signed/app:v1");
    const pod = await node.runPod();
    await node.registry.close();
    await node.create(pod, { image: imageRef, name: node.reference("signed/app:v1") });
    assert.deepEqual(node.contentsOfContainers(), [[idOf(image)]]);
  });

  it("from an index's image that was pulled, by what was kept of it", async () => {
    await using node = await openNode();
    const other = { os: "linux", architecture: "s390x" };
    const index = node.registry.index("signed/multi:v1", [{ platform: other }, { platform: node.platform }]);
    const [, instance] = index.instances;
    assert.ok(instance !== undefined);
    node.sign("signed/multi:v1", instance.digest);
    const { imageRef } = await node.pull("signed/multi:v1");
    await node.registry.close();
    await node.create(await node.runPod(), { image: imageRef, name: node.reference("signed/multi:v1") });
  });

  it("a hundred times at once with one judgement", async () => {
    await using node = await openNode();
    const image = node.publishSigned("signed/app:v1");
    node.runtime.images.import(node.reference("signed/app:v1"), { configDigest: idOf(image), size: 1n });
    const pod = await node.runPod();
    const container = { image: idOf(image), name: node.reference("signed/app:v1") };
    await Promise.all(Array.from({ length: 100 }, () => node.create(pod, container)));
    assert.equal(node.contentsOfContainers().length, 100);
    assert.equal(looksAtSignatures(node), 1);
  });
});

describe("what one namespace lets in", () => {
  it("is not started by another that asks for a signature", async () => {
    await using node = await openNode();
    const image = node.publish("signed/app:v1");
    await node.writePolicy("lax", acceptAnything);
    await node.pull("signed/app:v1", "lax");
    const container = { image: idOf(image), name: node.reference("signed/app:v1") };
    await node.create(await node.runPod("lax"), container);
    const pod = await node.runPod("strict");
    for (let attempt = 0; attempt < 5; attempt++) await assert.rejects(node.create(pod, container), unsigned);
    assert.equal(node.contentsOfContainers().length, 1);
    assert.ok(looksAtSignatures(node) <= 2, "a refusal is remembered for a while");
  });

  it("is started by another once it was signed", async () => {
    await using node = await openNode();
    const image = node.publish("signed/app:v1");
    await node.writePolicy("lax", acceptAnything);
    await node.pull("signed/app:v1", "lax");
    node.sign("signed/app:v1", image.digest);
    await node.create(await node.runPod("strict"), {
      image: idOf(image),
      name: node.reference("signed/app:v1"),
    });
  });

  it("is not started under a name that asks for no signature and is not its own", async () => {
    await using node = await openNode();
    const image = node.publish("signed/app:v1");
    await node.writePolicy("lax", acceptAnything);
    await node.pull("signed/app:v1", "lax");
    await assert.rejects(
      node.create(await node.runPod("strict"), { image: idOf(image), name: node.reference("free/other:v1") }),
      {
        code: 2,
        details: /^SignatureValidationFailed: the runtime does not know the image .* as .*free\/other:v1/,
      },
    );
  });

  // Another one's refused container has the registry asked: what it says then must not be all that is known.
  it("is started by it again although its registry has lost the signature since, and another one asked for it", async () => {
    await using node = await openNode();
    const image = node.publishSigned("signed/app:v1");
    await node.pull("signed/app:v1");
    const container = { image: idOf(image), name: node.reference("signed/app:v1") };
    const otherKey = createSigningKit().key("intruder");
    await node.writePolicy("other", signedBy(otherKey.publicKeyPem));
    node.registry.fail(/\.sig$/, refuses(404, "MANIFEST_UNKNOWN", "manifest unknown"));
    await assert.rejects(node.create(await node.runPod("other"), container), { code: 2 });
    await node.create(await node.runPod(), container);
    assert.ok(looksAtSignatures(node) >= 2, "nobody asked for the other one");
  });

  it("is judged by a policy that appears between two containers, and by each edit of it", async () => {
    await using node = await openNode();
    const image = node.publishSigned("signed/app:v1");
    await node.pull("signed/app:v1");
    const pod = await node.runPod("team");
    const container = { image: idOf(image), name: node.reference("signed/app:v1") };
    await node.create(pod, container);
    await node.writePolicy("team", '{"default":[{"type":"reject"}]}');
    await assert.rejects(node.create(pod, container), { code: 2, details: /is rejected by policy\.$/ });
    await node.writePolicy("team", "{");
    await assert.rejects(node.create(pod, container), {
      code: 2,
      details: /^SignatureValidationFailed: invalid policy/,
    });
    await node.writePolicy("team", node.strict);
    await node.create(pod, container);
  });
});

describe("an image that was put on the node without a pull", () => {
  it("is started if its registry has a signature for it", async () => {
    await using node = await openNode();
    const image = node.publishSigned("signed/app:v1");
    node.runtime.images.import(node.reference("signed/app:v1"), { configDigest: idOf(image), size: 1n });
    await node.create(await node.runPod(), { image: idOf(image), name: node.reference("signed/app:v1") });
  });

  it("is refused if not", async () => {
    await using node = await openNode();
    const image = node.publish("signed/app:v1");
    node.runtime.images.import(node.reference("signed/app:v1"), { configDigest: idOf(image), size: 1n });
    const container = { image: idOf(image), name: node.reference("signed/app:v1") };
    const pod = await node.runPod();
    await assert.rejects(node.create(pod, container), unsigned);
    assert.deepEqual(node.contentsOfContainers(), []);
  });

  it("is refused under the name of a signed one that it is not", async () => {
    await using node = await openNode();
    node.publishSigned("signed/app:v1");
    const evil = node.publish("free/evil:v1");
    node.runtime.images.import(node.reference("signed/app:v1"), { configDigest: idOf(evil), size: 1n });
    await assert.rejects(
      node.create(await node.runPod(), { image: idOf(evil), name: node.reference("signed/app:v1") }),
      { code: 2, details: /^SignatureValidationFailed: the runtime's image .* is not the verified sha256:/ },
    );
  });

  it("is refused, and what to do said, when nothing is kept and the registry is away", async () => {
    await using node = await openNode();
    const image = node.publishSigned("signed/app:v1");
    await node.pull("signed/app:v1");
    const pod = await node.runPod();
    await rm(node.evidence, { recursive: true });
    await node.registry.close();
    await assert.rejects(node.create(pod, { image: idOf(image), name: node.reference("signed/app:v1") }), {
      code: 2,
      details: /^RegistryUnavailable: /,
    });
  });
});

describe("a node that cannot reach a registry", () => {
  it("starts an image by the evidence that was brought to it", async () => {
    using root = temporaryRoot();
    const evidenceSeed = join(root.path, "seed");
    await using node = await openNode({ config: { evidenceSeed } });
    const image = node.publishSigned("signed/app:v1");
    await node.pull("signed/app:v1");
    await rename(node.evidence, evidenceSeed);
    await node.registry.close();
    const container = { image: idOf(image), name: node.reference("signed/app:v1") };
    await assert.rejects(
      node.create(await node.runPod(), { ...container, name: node.reference("signed/other:v1") }),
    );
    await node.create(await node.runPod(), container);
  });
});

describe("a checkpoint", () => {
  it("is restored by no name, though a file of it exists", async () => {
    using root = temporaryRoot();
    const archive = join(root.path, "checkpoint.tar");
    await writeFile(archive, "");
    await using node = await openNode();
    await assert.rejects(
      node.create(await node.runPod(), { image: archive, name: node.reference("free/app:v1") }),
      {
        code: 2,
        details: /^SignatureValidationFailed: .* is a checkpoint archive/,
      },
    );
    assert.deepEqual(node.contentsOfContainers(), []);
  });
});

describe("a pod's restore", () => {
  it("does not reach the runtime under a policy that asks for signatures", async () => {
    await using node = await openNode();
    const config = { metadata: { name: "pod", namespace: "default" } };
    const request = create(RestorePodRequestSchema, { checkpointPath: "/pod.tar", config });
    const path = "/runtime.v1.RuntimeService/RestorePod";
    await assert.rejects(node.kubelet.callBytes(path, toBinary(RestorePodRequestSchema, request)), {
      code: 2,
      details: /^SignatureValidationFailed: nobody signs what is in the checkpoint "\/pod\.tar"/,
    });
    assert.deepEqual(
      node.runtime.calls.filter((call) => call.path === path),
      [],
    );
  });
});

describe("image volumes", () => {
  it("are judged each, and one that is refused refuses the container", async () => {
    await using node = await openNode();
    const app = node.publishSigned("signed/app:v1");
    const data = node.publishSigned("signed/data:v1");
    const bad = node.publish("signed/bad:v1");
    await node.writePolicy("lax", acceptAnything);
    await node.pull("signed/app:v1");
    await node.pull("signed/data:v1");
    await node.pull("signed/bad:v1", "lax");
    const pod = await node.runPod();
    const named = (image: typeof app, name: string) => ({ image: idOf(image), name: node.reference(name) });
    const main = named(app, "signed/app:v1");
    const good = named(data, "signed/data:v1");
    await node.create(pod, { ...main, volumes: [good, good] });
    await assert.rejects(node.create(pod, { ...main, volumes: [good, named(bad, "signed/bad:v1"), good] }), {
      code: 2,
      details: `ImageVolumeMountFailed: ${unsigned.details}`,
    });
    assert.deepEqual(node.contentsOfContainers(), [[idOf(app), idOf(data), idOf(data)]]);
  });
});

describe("a tag that moves while a container is made from its old content", () => {
  /** A pull of the tag for a namespace that asks for nothing; it is with the runtime when this resolves. */
  async function pullOfAnother(node: Awaited<ReturnType<typeof openNode>>) {
    const released = Promise.withResolvers<void>();
    const arrived = node.runtime.next(/PullImage$/);
    node.runtime.fail(/PullImage$/, waitsFor(released.promise), 1);
    const pull = node.pull("signed/app:v1", "lax");
    await arrived;
    return { released, pull };
  }

  it("waits for the container when it comes second, whatever its namespace's policy", async () => {
    await using node = await openNode();
    const good = node.publishSigned("signed/app:v1");
    await node.writePolicy("lax", acceptAnything);
    await node.pull("signed/app:v1");
    const pod = await node.runPod("strict");
    const evil = node.publish("signed/app:v1", "evil");
    const before = node.pullsAtRuntime().length;
    const released = Promise.withResolvers<void>();
    const arrived = node.runtime.next(/CreateContainer$/);
    node.runtime.fail(/CreateContainer$/, waitsFor(released.promise), 1);
    const creating = node.create(pod, { image: idOf(good), name: node.reference("signed/app:v1") });
    await arrived;
    const pulling = node.pull("signed/app:v1", "lax");
    await node.kubelet.version({}); // on the same connection, so behind the pull
    assert.equal(node.pullsAtRuntime().length, before);
    released.resolve();
    await creating;
    assert.equal((await pulling).imageRef, idOf(evil));
    assert.deepEqual(node.contentsOfContainers(), [[idOf(good)]]);
  });

  it("is waited for when it came first", async () => {
    await using node = await openNode();
    const good = node.publishSigned("signed/app:v1");
    await node.writePolicy("lax", acceptAnything);
    await node.pull("signed/app:v1");
    const pod = await node.runPod("strict");
    node.publish("signed/app:v1", "evil");
    const { released, pull } = await pullOfAnother(node);
    const creating = node.create(pod, { image: idOf(good), name: node.reference("signed/app:v1") });
    await node.kubelet.version({});
    released.resolve();
    await Promise.all([pull, creating]);
    assert.deepEqual(node.contentsOfContainers(), [[idOf(good)]]);
  });

  it("puts another image into the container on a runtime alone: it is this that the gateway prevents", async () => {
    await using node = await openNode();
    const good = node.publishSigned("signed/app:v1");
    await node.pull("signed/app:v1");
    const evil = node.publish("free/evil:v1");
    const pod = await node.runPod();
    const tag = node.reference("signed/app:v1");
    node.runtime.images.betweenLookups = async () =>
      node.runtime.images.import(tag, { configDigest: idOf(evil), size: 1n });
    await node.create(pod, { image: idOf(good), name: tag });
    const [container] = node.runtime.pods.containers.values();
    assert.equal(container?.imageId, idOf(good), "the runtime still says so");
    assert.deepEqual(node.contentsOfContainers(), [[idOf(evil)]]);
  });
});

describe("creations are accounted for", () => {
  it("by a line each", async () => {
    await using node = await openNode();
    const image = node.publish("signed/app:v1");
    await node.writePolicy("lax", acceptAnything);
    await node.pull("signed/app:v1", "lax");
    const name = node.reference("signed/app:v1");
    await node.create(await node.runPod("lax"), { image: idOf(image), name });
    await assert.rejects(node.create(await node.runPod("strict"), { image: idOf(image), name }), unsigned);
    const lines = node.log.map((line) => JSON.parse(line)).filter(({ audit }) => audit === "CreateContainer");
    assert.deepEqual(
      lines.map(({ decision, code, namespace, image, digest, message }) => [
        decision,
        code,
        namespace,
        image,
        digest,
        message,
      ]),
      [
        ["allowed", "", "lax", name, undefined, ""],
        ["denied", "SIGNATURE_MISSING", "strict", name, image.digest, unsigned.details],
      ],
    );
  });
});
