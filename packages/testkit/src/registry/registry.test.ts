import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { gunzipSync } from "node:zlib";
import { digestOf } from "@countersign/engine/values/digest";
import { answers, tooManyRequests } from "./faults.ts";
import { startRegistry, type TestRegistry } from "./registry.ts";
import { answer } from "./registry-answer.ts";

const ociManifest = "application/vnd.oci.image.manifest.v1+json";
const url = ({ address }: TestRegistry, path: string): string => new URL(path, `http://${address}`).href;
const bytesOf = async (response: Response): Promise<Buffer> => Buffer.from(await response.arrayBuffer());

describe("the test registry takes", () => {
  const blob = Buffer.from("a blob");
  const digest = digestOf(blob);
  const pushes: readonly (readonly [how: string, push: (registry: TestRegistry) => Promise<Response>])[] = [
    [
      "a blob in one POST",
      (registry) =>
        fetch(url(registry, `/v2/a/b/blobs/uploads/?digest=${digest}`), { method: "POST", body: blob }),
    ],
    [
      "a blob by POST and PUT",
      async (registry) => {
        const upload = await fetch(url(registry, "/v2/a/b/blobs/uploads/"), { method: "POST" });
        assert.equal(upload.status, 202);
        return fetch(url(registry, `${upload.headers.get("location")}?digest=${digest}`), {
          method: "PUT",
          body: blob,
        });
      },
    ],
    [
      "a blob in pieces",
      async (registry) => {
        const upload = await fetch(url(registry, "/v2/a/b/blobs/uploads/"), { method: "POST" });
        const place = url(registry, upload.headers.get("location") ?? "");
        await fetch(place, { method: "PATCH", body: blob.subarray(0, 2) });
        await fetch(place, { method: "PATCH", body: blob.subarray(2) });
        return fetch(`${place}?digest=${digest}`, { method: "PUT" });
      },
    ],
  ];
  for (const [how, push] of pushes) {
    it(how, async () => {
      await using registry = await startRegistry();
      assert.equal((await push(registry)).status, 201);
      assert.deepEqual(await bytesOf(await fetch(url(registry, `/v2/a/b/blobs/${digest}`))), blob);
    });
  }

  it("no blob that is not what its digest says", async () => {
    await using registry = await startRegistry();
    const pushed = await fetch(url(registry, `/v2/a/blobs/uploads/?digest=${digest}`), {
      method: "POST",
      body: "evil",
    });
    assert.equal(pushed.status, 400);
    assert.equal((await fetch(url(registry, `/v2/a/blobs/${digest}`))).status, 404);
  });

  it("a manifest, and gives it by tag and digest", async () => {
    await using registry = await startRegistry();
    const body = "{}";
    await fetch(url(registry, "/v2/a/manifests/v1"), {
      method: "PUT",
      body,
      headers: { "content-type": ociManifest },
    });
    for (const name of ["v1", digestOf(Buffer.from(body))]) {
      const found = await fetch(url(registry, `/v2/a/manifests/${name}`));
      assert.deepEqual(
        [found.status, found.headers.get("content-type"), await found.text()],
        [200, ociManifest, body],
      );
      const head = await fetch(url(registry, `/v2/a/manifests/${name}`), { method: "HEAD" });
      assert.deepEqual([head.status, head.headers.get("content-length"), await head.text()], [200, "2", ""]);
    }
    assert.deepEqual(await (await fetch(url(registry, "/v2/a/tags/list"))).json(), {
      name: "a",
      tags: ["v1"],
    });
  });
});

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
