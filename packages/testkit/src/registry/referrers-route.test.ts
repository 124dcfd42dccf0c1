import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Digest, digestOf } from "@countersign/engine/values/digest";
import type { ReferrerDescriptor, ReferrersMode } from "./referrers-route.ts";
import { startRegistry, type TestRegistry } from "./registry.ts";
import { answer } from "./registry-answer.ts";

const ociManifest = "application/vnd.oci.image.manifest.v1+json";
const subject = digestOf(Buffer.from("the image"));

/** Stores a referrer of `subject`; gives its digest. */
function refer(registry: TestRegistry, artifactType: string, name: string): Digest {
  const manifest = { artifactType, subject: { digest: subject }, annotations: { name } };
  return registry.store.putManifest("app", Buffer.from(JSON.stringify(manifest)), ociManifest).digest;
}

const ask = ({ address }: TestRegistry, query = "", digest: string = subject): Promise<Response> =>
  fetch(`http://${address}/v2/app/referrers/${digest}${query}`);
const listIn = async (found: Response): Promise<readonly ReferrerDescriptor[]> =>
  ((await found.json()) as { readonly manifests: readonly ReferrerDescriptor[] }).manifests;
const digestsIn = async (found: Response): Promise<readonly string[]> =>
  (await listIn(found)).map(({ digest }) => digest);

describe("the test registry lists referrers", () => {
  it("with what they say of themselves", async () => {
    await using registry = await startRegistry();
    const digest = refer(registry, "text/plain", "one");
    const found = await ask(registry);
    assert.equal(found.headers.get("content-type"), "application/vnd.oci.image.index.v1+json");
    assert.deepEqual(await listIn(found), [
      {
        mediaType: ociManifest,
        digest,
        size: registry.store.manifest("app", digest)?.bytes.length,
        artifactType: "text/plain",
        annotations: { name: "one" },
      },
    ]);
  });

  it("none of an image that has none", async () => {
    await using registry = await startRegistry();
    assert.deepEqual(await digestsIn(await ask(registry)), []);
  });

  it("page by page", async () => {
    await using registry = await startRegistry({ referrers: { type: "api", pageSize: 2 } });
    const all = ["1", "2", "3"].map((name) => refer(registry, "text/plain", name));
    const first = await ask(registry);
    assert.deepEqual(await digestsIn(first), all.slice(0, 2));
    const [, next = ""] = /^<(.*)>; rel="next"$/.exec(first.headers.get("link") ?? "") ?? [];
    const second = await fetch(`http://${registry.address}${next}`);
    assert.deepEqual(await digestsIn(second), all.slice(2));
    assert.equal(second.headers.get("link"), null);
  });

  it("of one type, if it can", async () => {
    await using registry = await startRegistry({ referrers: { type: "api", filters: true } });
    refer(registry, "text/plain", "one");
    const wanted = refer(registry, "text/html", "two");
    const found = await ask(registry, "?artifactType=text/html");
    assert.equal(found.headers.get("oci-filters-applied"), "artifactType");
    assert.deepEqual(await digestsIn(found), [wanted]);
  });

  const older: readonly (readonly [what: string, mode: ReferrersMode, status: number])[] = [
    ["a 404", { type: "none" }, 404],
    ["another refusal", { type: "none", answer: answer(406) }, 406],
    ["a page", { type: "none", answer: answer(200, { "content-type": "text/html" }, "<p>hi") }, 200],
  ];
  for (const [what, referrers, status] of older) {
    it(`not at all if it is older: ${what}`, async () => {
      await using registry = await startRegistry({ referrers });
      refer(registry, "text/plain", "one");
      const found = await ask(registry);
      assert.equal(found.status, status);
      assert.doesNotMatch(found.headers.get("content-type") ?? "", /oci/);
    });
  }
});
