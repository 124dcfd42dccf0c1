import assert from "node:assert/strict";
import { rename, rm, utimes, writeFile } from "node:fs/promises";
import { describe, it } from "node:test";
import type { Digest } from "@countersign/engine/values/digest";
import { parseImageReference } from "@countersign/engine/values/image-reference";
import { fixedTrustFiles, fixedTrustRepositories } from "@countersign/engine/verify/fixed-sources";
import { temporaryRoot } from "@countersign/testkit/registry/temporary-root";
import { policyFilesOnDisk } from "../policy/policy-files.ts";
import { imageOf, policyOf, presentAs } from "../testing/signed-images.ts";
import { verdictFoundations } from "./verdict-foundations.ts";

const mirror = "https://tuf.example";
const keyless = {
  trustedRoot: { tuf: { mirror, root: { data: "e30=" } } },
  identities: [{ issuer: "https://ci.example", subject: "https://ci.example/release" }],
};
const app = imageOf("app");
const tag = "registry.example/app:v1";

/** Foundations of an image whose policy names a key file; time is an hour ahead, so that files just written are old. */
function setUp() {
  const root = temporaryRoot();
  const key = root.write("release.pub", "a key");
  const revisions = new Map<Digest, number>();
  const roots = new Map([[mirror, Buffer.from("a trusted root")]]);
  const state = { now: Date.now() + 3_600_000 };
  const foundations = verdictFoundations(
    policyFilesOnDisk,
    { revision: (digest) => String(revisions.get(digest) ?? 0) },
    { now: () => state.now },
    { trustFiles: fixedTrustFiles(new Map()), trustRepositories: fixedTrustRepositories(roots) },
  );
  const policy = policyOf({
    "registry.example": [{ type: "sigstoreSigned", keyPath: key }],
    "free.example": [{ type: "insecureAcceptAnything" }],
    "ci.example": [{ type: "sigstore", authorities: [{ keyless }] }],
  });
  return {
    root,
    key,
    revisions,
    roots,
    state,
    stamp: (asked = tag, present = presentAs(app, [tag, `registry.example/app@${app.digest}`])) =>
      foundations.stamp({ asked: parseImageReference(asked), present, policy }),
    [Symbol.dispose]: () => root[Symbol.dispose](),
  };
}

describe("verdictFoundations", () => {
  it("stay the same while nothing changes", async () => {
    using place = setUp();
    const before = await place.stamp();
    assert.notEqual(before, undefined);
    assert.equal(await place.stamp(), before);
  });

  const changes: readonly (readonly [
    what: string,
    change: (place: ReturnType<typeof setUp>) => Promise<void>,
  ])[] = [
    ["the key file is written anew", async ({ key }) => writeFile(key, "another key")],
    [
      "the key file is written anew with the same length and time",
      async ({ key }) => {
        await writeFile(key, "b key");
        await utimes(key, 0, 0);
      },
    ],
    [
      "another file is renamed to the key file's name",
      async ({ root, key }) => rename(root.write("next.pub", "a key"), key),
    ],
    [
      "what is kept of the image's digest changes",
      async ({ revisions }) => void revisions.set(app.digest, 1),
    ],
  ];
  for (const [what, change] of changes) {
    it(`are others when ${what}`, async () => {
      using place = setUp();
      const before = await place.stamp();
      await change(place);
      const after = await place.stamp();
      assert.notEqual(after, undefined);
      assert.notEqual(after, before);
    });
  }

  it("care for nothing that is kept of other images", async () => {
    using place = setUp();
    const before = await place.stamp();
    place.revisions.set(imageOf("other").digest, 1);
    assert.equal(await place.stamp(), before);
  });

  it("cannot be told while the key file is new: a later write might not show", async () => {
    using place = setUp();
    place.state.now = Date.now();
    assert.equal(await place.stamp(), undefined);
  });

  it("cannot be told when the clock was set back behind the key file", async () => {
    using place = setUp();
    place.state.now = Date.now() - 3_600_000;
    assert.equal(await place.stamp(), undefined);
  });

  it("cannot be told without the key file", async () => {
    using place = setUp();
    await rm(place.key);
    assert.equal(await place.stamp(), undefined);
  });

  it("do not look at the key file of another scope", async () => {
    using place = setUp();
    await rm(place.key);
    assert.notEqual(await place.stamp("free.example/app:v1"), undefined);
  });

  it("are others when a trusted root is", async () => {
    using place = setUp();
    const present = presentAs(app, ["ci.example/app:v1"]);
    const before = await place.stamp("ci.example/app:v1", present);
    assert.notEqual(before, undefined);
    assert.equal(await place.stamp("ci.example/app:v1", present), before);
    place.roots.set(mirror, Buffer.from("another"));
    assert.notEqual(await place.stamp("ci.example/app:v1", present), before);
  });

  it("cannot be told while a trusted root cannot be had", async () => {
    using place = setUp();
    place.roots.clear();
    assert.equal(await place.stamp("ci.example/app:v1", presentAs(app, ["ci.example/app:v1"])), undefined);
  });

  it("cannot be told of a digest that the image has not", async () => {
    using place = setUp();
    const asked = `registry.example/app@${imageOf("other").digest}`;
    await assert.rejects(place.stamp(asked), { code: "RUNTIME_MISMATCH" });
  });
});
