import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { readAttachments } from "@countersign/sources/attachments/read-attachments";
import { corrupts, refuses } from "@countersign/testkit/registry/faults";
import type { ReferrersMode } from "@countersign/testkit/registry/referrers-route";
import { startRegistry, type TestRegistry } from "@countersign/testkit/registry/registry";
import { imageManifests } from "../image-manifests.ts";
import { performTask } from "../perform-task.ts";
import { type StoredFormat, signatureTasks } from "../signature-task.ts";
import { keyParty, type SigningSite, signingSite } from "../testing/signing-site.ts";
import { noWitnesses } from "../witness.ts";
import { type Promoted, type Promotion, promoteImage } from "./promote-image.ts";

const { signal } = new AbortController();
const ociManifest = "application/vnd.oci.image.manifest.v1+json";
const both: readonly StoredFormat[] = ["bundle", "legacy"];

interface Scene extends AsyncDisposable {
  readonly source: TestRegistry;
  readonly site: SigningSite;
  promote(changes?: Partial<Promotion>): Promise<Promoted>;
}

/** A signed index in one registry, to be promoted to another. */
async function scene(referrers: ReferrersMode = { type: "none" }): Promise<Scene> {
  const source = await startRegistry({ referrers: { type: "api" } });
  const site = await signingSite({ referrers }, [source]);
  source.index("build/app:v1", [
    { files: { a: "1" } },
    { files: { a: "2" }, platform: { os: "linux", architecture: "s390x" } },
  ]);
  const from = await site.open("build/app", source);
  const to = await site.open("public/app");
  const image = await imageManifests(from, { tag: "v1" }, signal);
  const means = (name: string) => ({
    party: async () => keyParty(name),
    witnesses: noWitnesses,
    timing: site.timing,
  });
  const signing = { subject: image, annotations: new Map<string, string>() };
  for (const task of signatureTasks(both, { ...signing, names: ["staging.example/app:v1"] })) {
    await performTask(from, task, means("builder"), signal);
  }
  const promotion: Promotion = {
    from: { repository: from, domain: source.address, path: "build/app" },
    to: { repository: to, domain: site.registry.address, path: "public/app" },
    image,
    tag: "v1",
    movesTag: false,
    tasks: signatureTasks(both, { ...signing, names: ["public.example/app:v1"] }),
    means: means("release"),
    atOnce: 2,
  };
  return {
    source,
    site,
    promote: (changes) => promoteImage({ ...promotion, ...changes }, () => {}, site.timing, signal),
    async [Symbol.asyncDispose]() {
      await site[Symbol.asyncDispose]();
      await source.close();
    },
  };
}

const written = ({ requests }: TestRegistry): string[] =>
  requests
    .filter(({ method }) => method === "PUT" || method === "POST")
    .map(({ path }) => path.split("?")[0] ?? "");

describe("promoteImage", () => {
  for (const [where, referrers] of [
    ["a registry that lists referrers", { type: "api" }],
    ["one that lists none", { type: "none" }],
  ] as const) {
    it(`brings an index, its images and its signatures to ${where}, and signs it there`, async () => {
      await using here = await scene(referrers);
      const { blobs, manifests, tag } = await here.promote();
      assert.deepEqual([manifests, tag, blobs.present, blobs.mounted], [3, "written", 0, 0]);
      const to = await here.site.open("public/app");
      const image = await imageManifests(to, { tag: "v1" }, signal);
      const place = { repository: undefined, tagPrefix: "" };
      const stored = await readAttachments(to, { subject: image.digest, kind: "signatures", place }, signal);
      assert.deepEqual(stored.map(({ type }) => type).sort(), ["bundle", "bundle", "sigstore", "sigstore"]);
    });
  }

  it("writes the tag last of all", async () => {
    await using here = await scene();
    await here.promote();
    assert.equal(written(here.site.registry).at(-1), "/v2/public/app/manifests/v1");
  });

  it("sends nothing again that is there", async () => {
    await using here = await scene();
    await here.promote();
    const before = written(here.site.registry).length;
    const { blobs, signed, tag } = await here.promote();
    assert.deepEqual([blobs.copied, blobs.bytes, tag], [0, 0, "as it was"]);
    assert.deepEqual(new Set(signed.map(({ outcome }) => outcome)), new Set(["already there"]));
    const uploads = written(here.site.registry)
      .slice(before)
      .filter((path) => path.includes("/uploads/"));
    assert.deepEqual(uploads, []);
  });

  it("brings a signature whole where somebody put it without what vouches for it", async () => {
    await using here = await scene();
    const { store } = here.site.registry;
    const tag = (await here.source.store.tags("build/app")).find((name) => name.endsWith(".sig"));
    assert.ok(tag !== undefined);
    const whole = JSON.parse(
      Buffer.from(here.source.store.manifest("build/app", tag)?.bytes ?? []).toString(),
    );
    const [layer] = whole.layers;
    const name = "dev.cosignproject.cosign/signature";
    const stolen = { ...layer, annotations: { [name]: layer.annotations[name] } };
    const vouched = { ...layer, annotations: { ...layer.annotations, "dev.sigstore.cosign/bundle": "{}" } };
    const manifest = (of: unknown) => Buffer.from(JSON.stringify({ ...whole, layers: [of] }));
    here.source.store.putManifest("build/app", manifest(vouched), ociManifest, tag);
    store.putManifest("public/app", manifest(stolen), ociManifest, tag);
    await here.promote({ tasks: [] });
    const written = JSON.parse(Buffer.from(store.manifest("public/app", tag)?.bytes ?? []).toString());
    assert.deepEqual(written.layers, [stolen, vouched]);
  });

  it("takes blobs over within one registry", async () => {
    await using here = await scene();
    const to = await here.site.open("elsewhere/app", here.source);
    const { blobs } = await here.promote({
      to: { repository: to, domain: here.source.address, path: "elsewhere/app" },
    });
    assert.deepEqual([blobs.copied, blobs.bytes], [0, 0]);
    assert.ok(blobs.mounted > 0);
  });

  it("publishes nothing when a blob is not what its digest says", async () => {
    await using here = await scene();
    here.source.fail(/^GET .*\/blobs\//, corrupts());
    await assert.rejects(here.promote(), { code: "REGISTRY_ANSWER_INVALID", message: /^digest mismatch/ });
    const { store } = here.site.registry;
    assert.equal(store.manifest("public/app", "v1"), undefined);
  });

  it("publishes nothing when it cannot be signed, and goes on from there", async () => {
    await using here = await scene();
    const { registry } = here.site;
    registry.fail(/^PUT .*\.sig$/, refuses(403, "DENIED", "not now"));
    await assert.rejects(here.promote(), { code: "REGISTRY_DENIED" });
    registry.heal();
    const { blobs, tag } = await here.promote();
    assert.deepEqual([blobs.copied, tag], [0, "written"]);
  });

  it("moves no tag that leads to another image, unless it is told to", async () => {
    await using here = await scene();
    const { registry } = here.site;
    const other = registry.image("public/app:v1");
    const before = written(registry).length;
    await assert.rejects(here.promote(), { code: "TAG_TAKEN", message: /leads to another image/ });
    assert.equal(written(registry).length, before);
    assert.equal(registry.store.manifest("public/app", "v1")?.digest, other.digest);
    assert.equal((await here.promote({ movesTag: true })).tag, "written");
  });
});
