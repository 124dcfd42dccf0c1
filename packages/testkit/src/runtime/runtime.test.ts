import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { fromBinary } from "@bufbuild/protobuf";
import { ContainerEventResponseSchema } from "@countersign/sources/cri/generated/cri_pb";
import { criRuntimeContract } from "../contracts/cri-runtime.contract.ts";
import { type CriClient, connectCri } from "../cri-client/cri-client.ts";
import { startRegistry } from "../registry/registry.ts";
import { contractImages, contractRegistry } from "./contract-images.ts";
import type { ResolvedImage } from "./image-store.ts";
import { type ImageResolver, resolveFrom } from "./resolve-image.ts";
import { startRuntime, type TestRuntime } from "./runtime.ts";
import { dropsConnection, failsWith, hangs, servesThen } from "./runtime-faults.ts";

criRuntimeContract("the testkit's runtime", async () => ({
  ...(await open(resolveFrom(contractRegistry))),
  ...contractImages,
}));

describe("the testkit's runtime", () => {
  const { app } = contractImages;
  const name = `${app.repository}:${app.tag}`;
  const image = { image: name };
  const moved: ResolvedImage = {
    digest: contractImages.twin.digest,
    configDigest: contractImages.twin.digest,
    size: 1n,
  };

  it("keeps the books of a pod from its sandbox to its end", async () => {
    await using place = await open(resolveFrom(contractRegistry));
    const { client } = place;
    await client.pullImage({ image });
    const metadata = { name: "pod", uid: "1", namespace: "shop", attempt: 0 };
    const { podSandboxId } = await client.runPodSandbox({ config: { metadata } });
    assert.equal((await client.podSandboxStatus({ podSandboxId })).status?.metadata?.namespace, "shop");
    const { containerId } = await client.createContainer({
      podSandboxId,
      config: { metadata: { name: "main" }, image: { image: app.id, userSpecifiedImage: "app:v1" } },
    });
    await client.startContainer({ containerId });
    const { status } = await client.containerStatus({ containerId });
    assert.partialDeepStrictEqual(status, {
      state: 1,
      imageId: app.id,
      imageRef: `${app.repository}@${app.digest}`,
      image: { userSpecifiedImage: "app:v1" },
    });
    await client.stopPodSandbox({ podSandboxId });
    assert.equal((await client.containerStatus({ containerId })).status?.state, 2);
    await client.removePodSandbox({ podSandboxId });
    await assert.rejects(client.containerStatus({ containerId }), { code: 5 });
  });

  it("makes no container from an image that it does not have, nor in a pod that it does not know", async () => {
    await using place = await open(resolveFrom(contractRegistry));
    const { client } = place;
    const config = { metadata: { name: "main" }, image };
    await assert.rejects(client.createContainer({ podSandboxId: "none", config }), { code: 5 });
    const { podSandboxId } = await client.runPodSandbox({ config: { metadata: { name: "pod" } } });
    await assert.rejects(client.createContainer({ podSandboxId, config }), { code: 5 });
  });

  it("tells of containers as it happens", async () => {
    await using place = await open(resolveFrom(contractRegistry));
    const { client, runtime } = place;
    await client.pullImage({ image });
    const { podSandboxId } = await client.runPodSandbox({ config: { metadata: { name: "pod" } } });
    const listening = runtime.next(/GetContainerEvents/);
    const events = client.containerEvents();
    await listening;
    const { containerId } = await client.createContainer({
      podSandboxId,
      config: { metadata: { name: "main" }, image },
    });
    const [bytes] = await once(events, "data");
    assert.equal(fromBinary(ContainerEventResponseSchema, bytes).containerId, containerId);
    events.on("error", () => undefined).cancel();
  });

  it("follows a tag that moves, and keeps the old image by its digest", async () => {
    const published = new Map(contractRegistry);
    await using place = await open(resolveFrom(published));
    const { client, runtime } = place;
    runtime.fail(
      /PullImage/,
      servesThen(() => published.set(name, moved)),
      1,
    );
    assert.equal((await client.pullImage({ image })).imageRef, app.id);
    assert.equal((await client.pullImage({ image })).imageRef, moved.configDigest);
    assert.equal((await client.imageStatus({ image })).image?.id, moved.configDigest);
    const old = await client.imageStatus({ image: { image: `${app.repository}@${app.digest}` } });
    assert.deepEqual([old.image?.id, old.image?.repoTags], [app.id, []]);
  });

  it("pulls from a real registry when it is given no images, and chooses its platform's", async () => {
    await using registry = await startRegistry();
    const architecture = process.arch === "x64" ? "amd64" : process.arch;
    const index = registry.index("app:v1", [
      { platform: { os: "linux", architecture: "s390x" } },
      { platform: { os: "linux", architecture } },
    ]);
    await using place = await open(undefined);
    await place.client.pullImage({ image: { image: `${registry.address}/app:v1` } });
    const { images } = await place.client.listImages({});
    assert.deepEqual(images[0]?.repoDigests, [`${registry.address}/app@${index.digest}`]);
    await assert.rejects(place.client.pullImage({ image: { image: `${registry.address}/app:v2` } }), {
      code: 5,
    });
  });

  it("goes wrong as it is told, as often as it is told", async () => {
    await using place = await open(resolveFrom(contractRegistry));
    const { client, runtime } = place;
    runtime.fail(/Version/, failsWith(7, "not you"), 1);
    runtime.fail(/Version/, dropsConnection, 1);
    await assert.rejects(client.version({}), { code: 7, details: "not you" });
    await assert.rejects(client.version({}), { code: 14 });
    assert.equal((await client.version({})).runtimeName, "testkit");
    runtime.fail(/Version/, hangs);
    await assert.rejects(client.version({}, { timeout: 20 }), { code: 4 });
    runtime.heal();
    assert.equal((await client.version({})).runtimeName, "testkit");
  });

  it("remembers its books over a restart", async () => {
    await using place = await open(resolveFrom(contractRegistry));
    const { client, runtime } = place;
    await client.pullImage({ image });
    await runtime.kill();
    await runtime.restart();
    using again = connectCri(runtime.socket);
    assert.equal((await again.imageStatus({ image })).image?.id, app.id);
  });
});

interface Place extends AsyncDisposable {
  readonly client: CriClient;
  readonly runtime: TestRuntime;
}

async function open(resolve: ImageResolver | undefined): Promise<Place> {
  await using built = new AsyncDisposableStack();
  const directory = await mkdtemp(join(tmpdir(), "runtime-"));
  built.defer(() => rm(directory, { recursive: true, force: true }));
  const socket = join(directory, "runtime.sock");
  const runtime = built.use(await startRuntime(resolve === undefined ? { socket } : { socket, resolve }));
  const client = built.use(connectCri(socket));
  const parts = built.move();
  return { client, runtime, [Symbol.asyncDispose]: () => parts.disposeAsync() };
}
