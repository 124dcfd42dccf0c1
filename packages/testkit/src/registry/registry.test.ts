import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { gunzipSync } from "node:zlib";
import { digestOf } from "@countersign/engine/values/digest";
import { answers, tooManyRequests } from "./faults.ts";
import { startRegistry, type TestRegistry } from "./registry.ts";
import { answer } from "./registry-answer.ts";

const url = ({ address }: TestRegistry, path: string): string => new URL(path, `http://${address}`).href;
const bytesOf = async (response: Response): Promise<Buffer> => Buffer.from(await response.arrayBuffer());

describe("the test registry makes images", () => {
  it("whose every part is there", async () => {
    await using registry = await startRegistry();
    const { bytes } = registry.image("app:v1", { files: { "etc/motd": "hi\n" } });
    const manifest = JSON.parse(Buffer.from(bytes).toString());
    const [layer] = manifest.layers;
    const packed = await bytesOf(await fetch(url(registry, `/v2/app/blobs/${layer.digest}`)));
    const config = JSON.parse(
      await (await fetch(url(registry, `/v2/app/blobs/${manifest.config.digest}`))).text(),
    );
    const tar = gunzipSync(packed);
    assert.deepEqual([layer.size, config.rootfs.diff_ids], [packed.length, [digestOf(tar)]]);
    assert.ok(tar.toString("latin1").startsWith("etc/motd\0"));
  });

  it("that are the same each time, and differ by their content", async () => {
    await using registry = await startRegistry();
    assert.equal(registry.image("a:1").digest, registry.image("b:2").digest);
    assert.notEqual(registry.image("a:1").digest, registry.image("a:1", { command: ["/other"] }).digest);
  });

  it("for several platforms under one index", async () => {
    await using registry = await startRegistry();
    const platforms = ["amd64", "arm64"].map((architecture) => ({ platform: { os: "linux", architecture } }));
    const { bytes, instances } = registry.index("app:v1", platforms);
    const { manifests } = JSON.parse(Buffer.from(bytes).toString());
    assert.deepEqual(
      manifests.map(({ digest }: { digest: string }) => digest),
      instances.map(({ digest }) => digest),
    );
    for (const { digest } of instances)
      assert.equal((await fetch(url(registry, `/v2/app/manifests/${digest}`))).status, 200);
  });
});

describe("the test registry fails", () => {
  it("as often as it is told, where it is told", async () => {
    await using registry = await startRegistry();
    registry.fail(/^GET .*\/manifests\//, tooManyRequests("1"), 2);
    const statuses: number[] = [];
    for (let n = 0; n < 3; n++) statuses.push((await fetch(url(registry, "/v2/a/manifests/v1"))).status);
    assert.deepEqual(statuses, [429, 429, 404]);
    assert.equal((await fetch(url(registry, "/v2/"))).status, 200);
  });
  it("until it is healed", async () => {
    await using registry = await startRegistry();
    registry.fail(/./, answers(answer(500)));
    assert.equal((await fetch(url(registry, "/v2/"))).status, 500);
    registry.heal();
    assert.equal((await fetch(url(registry, "/v2/"))).status, 200);
  });
});
