import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Digest, digestOf } from "@countersign/engine/values/digest";
import { startRegistry, type TestRegistry, type TestRegistryOptions } from "./registry.ts";

const ociManifest = "application/vnd.oci.image.manifest.v1+json";
const url = ({ address }: TestRegistry, path: string): string => new URL(path, `http://${address}`).href;
const bytesOf = async (response: Response): Promise<Buffer> => Buffer.from(await response.arrayBuffer());

/** Opens a session; gives where it goes on. */
async function open(registry: TestRegistry, query = ""): Promise<string> {
  const upload = await fetch(url(registry, `/v2/a/b/blobs/uploads/${query}`), { method: "POST" });
  assert.equal(upload.status, 202);
  return url(registry, upload.headers.get("location") ?? "");
}

const patch = async (registry: TestRegistry, place: string, body: Uint8Array, start: number) => {
  const range = `${start}-${start + body.length - 1}`;
  const answer = await fetch(place, { method: "PATCH", body, headers: { "content-range": range } });
  return { status: answer.status, place: url(registry, answer.headers.get("location") ?? "") };
};

describe("the test registry takes", () => {
  const blob = Buffer.from("a blob");
  const digest = digestOf(blob);
  const pushes: readonly (readonly [
    how: string,
    push: (registry: TestRegistry) => Promise<Response>,
    options?: TestRegistryOptions,
  ])[] = [
    [
      "a blob in one POST",
      (registry) =>
        fetch(url(registry, `/v2/a/b/blobs/uploads/?digest=${digest}`), { method: "POST", body: blob }),
    ],
    [
      "a blob by POST and PUT",
      async (registry) => fetch(`${await open(registry)}&digest=${digest}`, { method: "PUT", body: blob }),
    ],
    [
      "a blob by POST and PUT where one POST is not enough",
      async (registry) =>
        fetch(`${await open(registry, `?digest=${digest}`)}&digest=${digest}`, { method: "PUT", body: blob }),
      { uploads: "sessions" },
    ],
    [
      "a blob in pieces",
      async (registry) => {
        const first = await patch(registry, await open(registry), blob.subarray(0, 2), 0);
        const second = await patch(registry, first.place, blob.subarray(2), 2);
        return fetch(`${second.place}&digest=${digest}`, { method: "PUT" });
      },
    ],
    [
      "a blob from another repository",
      (registry) => {
        registry.store.putBlob("other", blob);
        return fetch(url(registry, `/v2/a/b/blobs/uploads/?mount=${digest}&from=other`), { method: "POST" });
      },
    ],
  ];
  for (const [how, push, options] of pushes) {
    it(how, async () => {
      await using registry = await startRegistry(options);
      assert.equal((await push(registry)).status, 201);
      const found = await fetch(url(registry, `/v2/a/b/blobs/${digest}`));
      assert.deepEqual(await bytesOf(found), blob);
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

  it("no piece that does not follow the last one, nor one for a session as it was before", async () => {
    await using registry = await startRegistry();
    const place = await open(registry);
    assert.equal((await patch(registry, place, blob, 3)).status, 416);
    assert.equal((await patch(registry, place, blob, 0)).status, 202);
    assert.equal((await patch(registry, place, blob, 6)).status, 404);
  });

  it("no blob that it does not have from another repository: it opens a session for it", async () => {
    await using registry = await startRegistry();
    assert.match(await open(registry, `?mount=${digest}&from=other`), /\/blobs\/uploads\//);
  });

  it("a manifest, and gives it by tag and digest", async () => {
    await using registry = await startRegistry();
    const body = "{}";
    await put(registry, "v1", body);
    for (const name of ["v1", digestOf(Buffer.from(body))]) {
      const found = await fetch(url(registry, `/v2/a/manifests/${name}`));
      assert.deepEqual(
        [found.status, found.headers.get("content-type"), await found.text()],
        [200, ociManifest, body],
      );
      const head = await fetch(url(registry, `/v2/a/manifests/${name}`), { method: "HEAD" });
      assert.deepEqual([head.status, head.headers.get("content-length"), await head.text()], [200, "2", ""]);
    }
  });

  it("tags, and lists them page by page", async () => {
    await using registry = await startRegistry();
    for (const tag of ["3", "1", "2"]) await put(registry, tag, "{}");
    const list = (query: string) => fetch(url(registry, `/v2/a/tags/list${query}`));
    assert.deepEqual(await (await list("")).json(), { name: "a", tags: ["1", "2", "3"] });
    const page = await list("?n=2");
    assert.deepEqual(await page.json(), { name: "a", tags: ["1", "2"] });
    assert.equal(page.headers.get("link"), `</v2/a/tags/list?n=2&last=2>; rel="next"`);
    assert.deepEqual(await (await list("?n=2&last=2")).json(), { name: "a", tags: ["3"] });
  });

  it("a referrer, and says whose it is if it lists them", async () => {
    const subject = { mediaType: ociManifest, digest: digestOf(Buffer.from("x")), size: 1 };
    const body = JSON.stringify({ subject });
    await using registry = await startRegistry();
    assert.equal((await put(registry, "v1", body)).headers.get("oci-subject"), subject.digest);
    await using old = await startRegistry({ referrers: { type: "none" } });
    assert.equal((await put(old, "v1", body)).headers.get("oci-subject"), null);
  });

  const put = (registry: TestRegistry, name: string, body: string, headers: Record<string, string> = {}) =>
    fetch(url(registry, `/v2/a/manifests/${name}`), {
      method: "PUT",
      body,
      headers: { "content-type": ociManifest, ...headers },
    });

  const none = digestOf(Buffer.from(""));
  const refusedManifests: readonly (readonly [why: string, name: string, body: string, status: number])[] = [
    ["that is no JSON", "v1", "{", 400],
    ["that is not what its digest says", none, "{}", 400],
    ["whose config is not there", "v1", JSON.stringify({ config: { digest: none } }), 404],
    ["with a layer that is not there", "v1", JSON.stringify({ layers: [{ digest: none }] }), 404],
    ["with an instance that is not there", "v1", JSON.stringify({ manifests: [{ digest: none }] }), 404],
  ];
  for (const [why, name, body, status] of refusedManifests) {
    it(`no manifest ${why}`, async () => {
      await using registry = await startRegistry();
      assert.equal((await put(registry, name, body)).status, status);
      assert.deepEqual(registry.store.tags("a"), []);
    });
  }

  const first = digestOf(Buffer.from("{}"));
  const conditions: readonly (readonly [
    what: string,
    headers: (first: Digest) => Record<string, string>,
    status: number,
  ])[] = [
    ["over the one that the writer saw", () => ({ "if-match": `"${first}"` }), 201],
    ["over one that the writer did not see", () => ({ "if-match": `"${none}"` }), 412],
    ["over any", () => ({ "if-match": "*" }), 201],
    ["where nothing was to be, though there is something", () => ({ "if-none-match": "*" }), 412],
  ];
  for (const [what, headers, status] of conditions) {
    it(`${status === 201 ? "a" : "no"} manifest ${what}`, async () => {
      await using registry = await startRegistry();
      assert.equal((await put(registry, "v1", "{}", { "if-match": "*" })).status, 412);
      assert.equal((await put(registry, "v1", "{}", { "if-none-match": "*" })).status, 201);
      assert.equal((await fetch(url(registry, "/v2/a/manifests/v1"))).headers.get("etag"), `"${first}"`);
      assert.equal((await put(registry, "v1", `{"a":1}`, headers(first))).status, status);
    });
  }
});
