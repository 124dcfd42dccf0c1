import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { create, toBinary } from "@bufbuild/protobuf";
import { type Digest, digestOf } from "@countersign/engine/values/digest";
import { PullImageRequestSchema } from "@countersign/sources/cri/generated/cri_pb";
import { connectCri } from "@countersign/testkit/cri-client/cri-client";
import { hangs as registryHangs, send } from "@countersign/testkit/registry/faults";
import { failsWith, servesThen, waitsFor } from "@countersign/testkit/runtime/runtime-faults";
import { createSigningKit } from "@countersign/testkit/signing-kit/signing-kit";
import { configDigestOf, openNode } from "./testing/node-in-process.ts";

const kit = createSigningKit();
const unsigned = {
  code: 2,
  details:
    "SignatureValidationFailed: Source image rejected: A signature was required, but no signature exists",
};
const acceptAnything = '{"default":[{"type":"insecureAcceptAnything"}]}';
const pulls = /PullImage$/;

describe("through the gateway", () => {
  it("a signed image is pulled, and known by its tag", async () => {
    await using node = await openNode();
    const image = node.publishSigned("signed/app:v1");
    const { imageRef } = await node.pull("signed/app:v1");
    assert.equal(imageRef, configDigestOf(image));
    const { image: held } = await node.kubelet.imageStatus({
      image: { image: node.reference("signed/app:v1") },
    });
    assert.deepEqual(
      [held?.id, held?.repoTags, held?.repoDigests],
      [imageRef, [node.reference("signed/app:v1")], [`${node.reference("signed/app")}@${image.digest}`]],
    );
  });

  it("the runtime gets the call's own bytes for the tag, fields nobody knows included", async () => {
    await using node = await openNode();
    node.publishSigned("signed/app:v1");
    const known = toBinary(
      PullImageRequestSchema,
      create(PullImageRequestSchema, { image: { image: node.reference("signed/app:v1") } }),
    );
    const message = Buffer.concat([known, Uint8Array.of(0x92, 0x89, 0x02, 0x01, 0x78)]);
    await node.kubelet.callBytes("/runtime.v1.ImageService/PullImage", message);
    assert.deepEqual(node.pullsAtRuntime().at(-1)?.messages, [message]);
  });

  it("a short name is what registries.conf says that it is", async () => {
    await using node = await openNode({
      config: { shortNames: "registries.conf" },
      registriesConf: (address) => `[aliases]\n"shop/app" = "${address}/signed/app"\n`,
    });
    const image = node.publishSigned("signed/app:v1");
    const { imageRef } = await node.kubelet.pullImage({ image: { image: "shop/app:v1" } });
    assert.equal(imageRef, configDigestOf(image));
    const held = await node.kubelet.imageStatus({ image: { image: node.reference("signed/app:v1") } });
    assert.equal(held.image?.id, imageRef);
    const [line] = node.auditLines();
    assert.deepEqual([line.image, line.resolved], ["shop/app:v1", node.reference("signed/app:v1")]);
  });

  it("a call that is not CRI v1's is unknown, and the runtime never hears of it", async () => {
    await using node = await openNode();
    for (const service of ["runtime.v1alpha2.ImageService", "containerd.services.images.v1.Images"])
      await assert.rejects(node.kubelet.callBytes(`/${service}/PullImage`, Buffer.alloc(0)), {
        code: 12,
        details: `unknown service ${service}`,
      });
    assert.deepEqual(node.runtime.calls, []);
  });

  it("an unsigned image is refused and the runtime never hears of it", async () => {
    await using node = await openNode();
    node.publish("signed/app:v1");
    await assert.rejects(node.pull("signed/app:v1"), unsigned);
    assert.deepEqual(node.pullsAtRuntime(), []);
  });

  it("an image another key signed is refused", async () => {
    await using node = await openNode();
    const image = node.publish("signed/app:v1");
    const identity = { digest: image.digest, reference: node.reference("signed/app:v1") };
    node.registry.attachSignatures("signed/app", image.digest, [kit.sign(kit.key("stranger"), identity)]);
    await assert.rejects(node.pull("signed/app:v1"), {
      code: 2,
      details:
        /^SignatureValidationFailed: Source image rejected: cryptographic signature verification failed/,
    });
  });

  it("an image that needs no signature costs the runtime one call and the registry none of ours", async () => {
    await using node = await openNode();
    node.publish("free/app:v1");
    await node.pull("free/app:v1");
    assert.equal(node.runtime.calls.length, 1);
    assert.ok(node.registry.requests.every(({ path }) => !path.includes(".sig")));
  });

  it("a present image is pulled again by its tag alone", async () => {
    await using node = await openNode();
    node.publishSigned("signed/app:v1");
    await node.pull("signed/app:v1");
    const before = node.pullsAtRuntime().length;
    await node.pull("signed/app:v1");
    assert.equal(node.pullsAtRuntime().length, before + 1);
  });

  it("an index brings the instance that was verified", async () => {
    await using node = await openNode();
    const other = { os: "linux", architecture: "s390x" };
    const index = node.registry.index("signed/multi:v1", [{ platform: other }, { platform: node.platform }]);
    const [, instance] = index.instances;
    assert.ok(instance !== undefined);
    node.sign("signed/multi:v1", instance.digest);
    const { imageRef } = await node.pull("signed/multi:v1");
    assert.equal(imageRef, configDigestOf(instance));
  });

  it("the credentials of the call are used, and never written down", async () => {
    const user = { username: "node-user", password: "node-password" };
    await using node = await openNode({
      access: { type: "basic", users: { [user.username]: user.password } },
    });
    node.publishSigned("signed/app:v1");
    const image = { image: node.reference("signed/app:v1") };
    await node.kubelet.pullImage({ image, auth: user });
    await assert.rejects(node.kubelet.pullImage({ image, auth: { ...user, password: "wrong-password" } }));
    await assert.rejects(node.kubelet.pullImage({ image }));
    assert.doesNotMatch(node.log.join(""), /password/);
  });
});

describe("the policy of a namespace", () => {
  it("replaces the global one for its pods alone", async () => {
    await using node = await openNode();
    node.publish("signed/app:v1");
    await node.writePolicy("lax", acceptAnything);
    await node.pull("signed/app:v1", "lax");
    await assert.rejects(node.pull("signed/app:v1", "strict"), unsigned);
  });

  it("refuses while it is broken, says why, and counts again once it is mended", async () => {
    await using node = await openNode();
    node.publish("free/app:v1");
    await node.writePolicy("team", '{"default":[{"type":"accept"}]}');
    await assert.rejects(node.pull("free/app:v1", "team"), {
      code: 2,
      details:
        /^SignatureValidationFailed: invalid policy in ".*\/team\.json": Unknown policy requirement type "accept" \(default\[0\], line 1, column 13; countersign lint lists every fault\); no image is pulled/,
    });
    await node.pull("free/app:v1", "other");
    await node.writePolicy("team", acceptAnything);
    await node.pull("free/app:v1", "team");
  });

  it("is never looked for outside its directory", async () => {
    await using node = await openNode();
    node.publish("free/app:v1");
    await assert.rejects(node.pull("free/app:v1", "../policy"), {
      code: 2,
      details: /^SignatureValidationFailed: "\.\.\/policy" is not the name of a namespace/,
    });
  });
});

describe("a policy that is broken at the start", () => {
  it("leaves the node working, refuses pulls, and counts once it is mended", async () => {
    await using node = await openNode({ policy: "{" });
    node.publish("free/app:v1");
    assert.equal((await node.kubelet.version({})).runtimeApiVersion, "v1");
    await assert.rejects(node.pull("free/app:v1"), {
      code: 2,
      details: /^SignatureValidationFailed: invalid policy in/,
    });
    assert.ok(node.log.some((line) => line.includes('"level":"error"') && line.includes("policy.json")));
    await node.writePolicy("", node.strict);
    await node.pull("free/app:v1");
  });
});

describe("a tag that moves while it is pulled", () => {
  it("to an unsigned image is refused, and nothing stays", async () => {
    await using node = await openNode();
    node.publishSigned("signed/app:v1");
    const move = servesThen(() => void node.publish("signed/app:v1", "evil"));
    node.runtime.fail(pulls, move, 1);
    await assert.rejects(node.pull("signed/app:v1"), unsigned);
    assert.deepEqual(node.runtime.images.list(), []);
  });

  it("to another signed image gives that one", async () => {
    await using node = await openNode();
    node.publishSigned("signed/app:v1");
    let next: ReturnType<typeof node.publish> | undefined;
    const move = servesThen(() => {
      next = node.publish("signed/app:v1", "next");
      node.sign("signed/app:v1", next.digest);
    });
    node.runtime.fail(pulls, move, 1);
    const { imageRef } = await node.pull("signed/app:v1");
    assert.ok(next !== undefined);
    assert.equal(imageRef, configDigestOf(next));
    assert.equal(node.runtime.images.list().length, 1);
  });

  it("leaves what others use", async () => {
    await using node = await openNode();
    node.publishSigned("signed/app:v1");
    node.publish("free/other:v1", "evil");
    await node.pull("free/other:v1");
    node.runtime.fail(
      pulls,
      servesThen(() => void node.publish("signed/app:v1", "evil")),
      1,
    );
    await assert.rejects(node.pull("signed/app:v1"), unsigned);
    assert.ok(node.runtime.images.find(node.reference("free/other:v1")) !== undefined);
    assert.ok(node.log.some((line) => line.includes("a refused image stays on disk")));
  });
});

describe("a runtime that chooses another instance of an index than was verified", () => {
  it("is refused, and nothing stays", async () => {
    const other = { os: "linux", architecture: "s390x" };
    await using node = await openNode({
      resolve: async (name) => {
        const store = node.registry.store;
        const index = store.manifest("signed/multi", name.split("@")[1] ?? "v1");
        assert.ok(index !== undefined);
        const [wrong] = JSON.parse(new TextDecoder().decode(index.bytes)).manifests;
        const manifest = store.manifest("signed/multi", wrong.digest);
        assert.ok(manifest !== undefined);
        return { digest: index.digest, configDigest: configDigestOf(manifest) as Digest, size: 1n };
      },
    });
    const index = node.registry.index("signed/multi:v1", [{ platform: other }, { platform: node.platform }]);
    const [, instance] = index.instances;
    assert.ok(instance !== undefined);
    node.sign("signed/multi:v1", instance.digest);
    await assert.rejects(node.pull("signed/multi:v1"), {
      code: 2,
      details: /^SignatureValidationFailed: the runtime chose another image from the index/,
    });
    assert.deepEqual(node.runtime.images.list(), []);
  });
});

describe("equal pulls at the same time", () => {
  it("share one verification", async () => {
    await using node = await openNode();
    const image = node.publishSigned("signed/app:v1");
    const released = Promise.withResolvers<void>();
    node.registry.fail(/manifests\/v1/, (honest, response) => {
      released.promise.then(() => send(honest, response));
    });
    const pulling = Array.from({ length: 8 }, () => node.pull("signed/app:v1"));
    await node.kubelet.version({}); // on the same connection, so behind all of them
    released.resolve();
    const all = await Promise.all(pulling);
    assert.ok(all.every(({ imageRef }) => imageRef === configDigestOf(image)));
    const looks = node.registry.requests.filter(({ path }) => path.endsWith(".sig"));
    assert.equal(looks.length, 1);
  });
});

describe("when something is away,", () => {
  it("a registry, the pull says so in the words the kubelet knows", async () => {
    await using node = await openNode();
    node.publishSigned("signed/app:v1");
    await node.registry.close();
    await assert.rejects(node.pull("signed/app:v1"), { code: 2, details: /^RegistryUnavailable: / });
  });

  it("a registry's patience, the pull says so too", async () => {
    await using node = await openNode({ config: { pullVerifyTimeout: 50 } });
    node.publishSigned("signed/app:v1");
    node.registry.fail(/manifests/, registryHangs());
    await assert.rejects(node.pull("signed/app:v1"), {
      code: 2,
      details: /^RegistryUnavailable: verifying .* took longer than --pull-verify-timeout allows$/,
    });
  });

  it("the runtime, calls are UNAVAILABLE until it is back", async () => {
    await using node = await openNode();
    node.publishSigned("signed/app:v1");
    await node.runtime.kill();
    await assert.rejects(node.pull("signed/app:v1"), { code: 14 });
    await node.runtime.restart();
    await node.pull("signed/app:v1");
  });

  it("the caller, the registry is not waited for", async () => {
    await using node = await openNode();
    node.publishSigned("signed/app:v1");
    const asked = Promise.withResolvers<void>();
    node.registry.fail(/manifests\/v1/, () => asked.resolve());
    const caller = new AbortController();
    const image = { image: node.reference("signed/app:v1") };
    const pull = node.kubelet.pullImage({ image }, { signal: caller.signal });
    await asked.promise;
    caller.abort();
    await assert.rejects(pull, { code: 1 });
    node.registry.heal();
    await node.pull("signed/app:v1");
    assert.deepEqual(
      node.auditLines().map(({ decision, code }) => [decision, code]),
      [
        ["undecided", "CANCELLED"],
        ["allowed", ""],
      ],
    );
  });
});

describe("a runtime's own refusal", () => {
  it("reaches the caller with code, message and details", async () => {
    await using node = await openNode();
    node.publishSigned("signed/app:v1");
    node.runtime.fail(pulls, failsWith(13, "no space left on device", Uint8Array.of(8, 13)), 1);
    await assert.rejects(
      node.pull("signed/app:v1"),
      (error: { code?: number; details?: string; metadata?: Map<string, unknown[]> }) => {
        assert.deepEqual([error.code, error.details], [13, "no space left on device"]);
        assert.deepEqual(error.metadata?.get("grpc-status-details-bin"), [Buffer.from([8, 13])]);
        return true;
      },
    );
  });
});

describe("draining", () => {
  it("lets a pull under way end, and takes no new caller", async () => {
    await using node = await openNode();
    const image = node.publishSigned("signed/app:v1");
    const released = Promise.withResolvers<void>();
    const arrived = node.runtime.next(pulls);
    node.runtime.fail(pulls, waitsFor(released.promise), 1);
    const pull = node.pull("signed/app:v1");
    await arrived;
    const drained = node.gateway.drain();
    released.resolve();
    assert.equal((await pull).imageRef, configDigestOf(image));
    await drained;
    using late = connectCri(node.listen);
    await assert.rejects(late.version({}), { code: 14 });
  });
});

describe("metrics", () => {
  it("count decisions where they were asked for", async () => {
    await using node = await openNode({ config: { metrics: { host: "127.0.0.1", port: 0 } } });
    node.publish("signed/app:v1");
    await assert.rejects(node.pull("signed/app:v1"), unsigned);
    const { host, port } = node.gateway.metrics ?? assert.fail("metrics are not served");
    const page = await (await fetch(`http://${host}:${port}/metrics`)).text();
    assert.match(
      page,
      /^countersign_decisions_total\{call="PullImage",decision="denied",policy="global",code="SIGNATURE_MISSING"\} 1$/m,
    );
  });

  it("show what is kept and remembered, and by which policy, as it is when they are asked for", async () => {
    await using node = await openNode({ config: { metrics: { host: "127.0.0.1", port: 0 } } });
    const { host, port } = node.gateway.metrics ?? assert.fail("metrics are not served");
    const values = async () => {
      const page = await (await fetch(`http://${host}:${port}/metrics`)).text();
      const metric = (name: string) =>
        Number(new RegExp(`^countersign_${name} (\\S+)$`, "m").exec(page)?.[1]);
      const hash = digestOf(Buffer.from(node.strict)).slice("sha256:".length, "sha256:".length + 12);
      return {
        files: metric("evidence_files"),
        verdicts: metric("verdicts_remembered"),
        isStrict: metric("policy_hash") === Number.parseInt(hash, 16),
      };
    };
    assert.deepEqual(await values(), { files: 0, verdicts: 0, isStrict: true });
    node.publishSigned("signed/app:v1");
    const { imageRef } = await node.pull("signed/app:v1");
    assert.deepEqual(await values(), { files: 1, verdicts: 0, isStrict: true });
    await node.create(await node.runPod(), { image: imageRef, name: node.reference("signed/app:v1") });
    await node.writePolicy("", '{"default":[{"type":"reject"}]}');
    await assert.rejects(node.pull("signed/app:v1"));
    assert.deepEqual(await values(), { files: 1, verdicts: 1, isStrict: false });
  });
});

describe("an image service on a socket of its own", () => {
  it("serves the image calls, the runtime service the others", async () => {
    await using other = await openNode();
    await using node = await openNode({
      config: { imageEndpoint: { path: other.runtime.socket, url: `unix://${other.runtime.socket}` } },
    });
    node.publishSigned("signed/app:v1");
    await node.pull("signed/app:v1");
    await node.kubelet.listImages({});
    await node.kubelet.listContainers({});
    assert.ok(other.runtime.calls.every(({ path }) => path.startsWith("/runtime.v1.ImageService/")));
    assert.ok(other.runtime.calls.some(({ path }) => path.endsWith("ListImages")));
    assert.deepEqual(
      node.runtime.calls.map(({ path }) => path),
      ["/runtime.v1.RuntimeService/ListContainers"],
    );
  });
});
