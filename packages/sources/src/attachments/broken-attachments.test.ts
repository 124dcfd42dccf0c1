import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { digestOf } from "@countersign/engine/values/digest";
import { attachmentTag } from "@countersign/testkit/registry/attachments";
import { answers, refuses } from "@countersign/testkit/registry/faults";
import { bundleType, listByTag, storeReferrer } from "@countersign/testkit/registry/referrers";
import { answer } from "@countersign/testkit/registry/registry-answer";
import {
  type AttachedImage,
  api,
  brief,
  bundle,
  indexType,
  layer,
  none,
  withAttachedImage,
} from "../testing/attached-image.ts";

describe("what is broken does not hide what is good, and is told", () => {
  const rows: readonly (readonly [what: string, spoil: (scene: AttachedImage) => void, told: RegExp])[] = [
    [
      "a referrer that is listed and not there",
      ({ registry, subject }) =>
        listByTag(registry.store, "team/app", subject, {
          digest: digestOf(Buffer.from("nothing")),
          mediaType: bundleType,
          size: 1,
        }),
      /^it is listed, and not there$/,
    ],
    [
      "an entry that has no digest",
      ({ registry, subject }) =>
        listByTag(registry.store, "team/app", subject, { digest: "x", mediaType: bundleType, size: 1 }),
      /^entry 2: invalid checksum digest format$/,
    ],
    [
      "a bundle that names another image",
      ({ registry, subject }) => {
        const other = digestOf(Buffer.from("another image"));
        const { digest, mediaType } = storeReferrer(registry.store, "team/app", other, bundle("evil"));
        listByTag(registry.store, "team/app", subject, { digest, mediaType, size: 1 });
      },
      /^it is about "sha256:\w{64}", not this image$/,
    ],
    [
      "a bundle of two layers",
      ({ registry, subject }) => {
        const layers = [{ bytes: Buffer.from("1") }, { bytes: Buffer.from("2") }];
        registry.attachReferrer("team/app", subject, { artifactType: bundleType, layers });
      },
      /^a bundle is a single layer, and there are 2$/,
    ],
    [
      "a bundle of no layer",
      ({ registry, subject }) =>
        registry.attachReferrer("team/app", subject, { artifactType: bundleType, layers: [] }),
      /^a bundle is a single layer, and there are 0$/,
    ],
    [
      "a bundle whose layer is something else",
      ({ registry, subject }) =>
        registry.attachReferrer("team/app", subject, {
          artifactType: bundleType,
          layers: [{ bytes: Buffer.from("1"), mediaType: "text/plain" }],
        }),
      /^its layer is no bundle, but "text\/plain"$/,
    ],
    [
      "a bundle of 100 MB",
      ({ registry, subject }) =>
        registry.attachReferrer("team/app", subject, {
          artifactType: bundleType,
          layers: [{ bytes: Buffer.alloc(100_000_000) }],
        }),
      /exceeded maximum allowed size of 4194304 bytes$/,
    ],
    [
      "a bundle with a manifest as large as it may be for an image",
      ({ registry, subject }) =>
        registry.attachReferrer("team/app", subject, {
          ...bundle("b"),
          annotations: { long: "x".repeat(1_000_000) },
        }),
      /exceeded maximum allowed size of 262144 bytes$/,
    ],
    [
      "a manifest that is no JSON",
      ({ registry, subject }) => {
        const mediaType = "application/vnd.oci.image.manifest.v1+json";
        const { digest } = registry.store.putManifest("team/app", Buffer.from("{"), mediaType);
        listByTag(registry.store, "team/app", subject, { digest, mediaType, size: 1 });
      },
      /^unexpected end of JSON input$/,
    ],
    [
      "a bundle whose blob is not there",
      ({ registry, subject }) => {
        registry.attachReferrer("team/app", subject, bundle("lost"));
        const digest = digestOf(Buffer.from("lost"));
        registry.fail(new RegExp(`/blobs/${digest}$`), refuses(404, "BLOB_UNKNOWN", "gone"));
      },
      /^fetching blob: blob unknown: gone$/,
    ],
    [
      "a referrer that is listed by a digest of which the registry knows no kind",
      ({ registry, subject }) => {
        const digest = digestOf(Buffer.from("nothing"), "sha512");
        listByTag(registry.store, "team/app", subject, { digest, mediaType: bundleType, size: 1 });
        registry.fail(
          new RegExp(`/manifests/${digest}$`),
          refuses(400, "DIGEST_INVALID", "no such algorithm"),
        );
      },
      /^it is listed, and not there$/,
    ],
    [
      "a bundle whose blob has a digest of which the registry knows no kind",
      ({ registry, subject }) => {
        registry.attachReferrer("team/app", subject, bundle("odd"));
        const digest = digestOf(Buffer.from("odd"));
        registry.fail(new RegExp(`/blobs/${digest}$`), refuses(400, "DIGEST_INVALID", "no such algorithm"));
      },
      /^fetching blob: digest invalid: no such algorithm$/,
    ],
    [
      "old signatures that are no manifest",
      ({ registry, subject }) =>
        registry.store.putManifest("team/app", Buffer.from("{}"), "text/plain", attachmentTag(subject)),
      /^its type is "text\/plain", not an image's$/,
    ],
  ];
  for (const [what, spoil, told] of rows) {
    it(what, () =>
      withAttachedImage(none, async (scene) => {
        scene.registry.attachReferrer("team/app", scene.subject, bundle("good"));
        spoil(scene);
        const [good, bad, ...more] = brief(await scene.ask()).toSorted();
        assert.equal(good, "bundle good");
        assert.match(bad?.replace("unreadable: ", "") ?? "", told);
        assert.deepEqual(more, []);
      }),
    );
  }

  it("a list under the tag that is none", () =>
    withAttachedImage(none, async ({ registry, subject, ask }) => {
      registry.attachSignatures("team/app", subject, [layer("good")]);
      const tag = subject.replace(":", "-");
      registry.store.putManifest("team/app", Buffer.from("{}"), "text/plain", tag);
      assert.deepEqual(brief(await ask()), [
        "sigstore good",
        `unreadable: it is no list of referrers, but "text/plain"`,
      ]);
      registry.store.putManifest("team/app", Buffer.from(`{"manifests":1}`), indexType, tag);
      assert.deepEqual(brief(await ask()).slice(1), [
        "unreadable: a list of manifests is expected, not number",
      ]);
    }));

  it("one layer of several old signatures", () =>
    withAttachedImage(api, async ({ registry, subject, ask }) => {
      registry.attachSignatures("team/app", subject, [layer("one"), layer("two"), layer("three")]);
      registry.fail(new RegExp(digestOf(Buffer.from("two"))), answers(answer(404)));
      assert.deepEqual(brief(await ask()), [
        "sigstore one",
        "sigstore three",
        `unreadable: fetching blob: StatusCode: 404, ""`,
      ]);
    }));

  it("thousands of broken ones, of which some are told", () =>
    withAttachedImage(none, async ({ registry, subject, ask }) => {
      const entry = { digest: "x", mediaType: bundleType, size: 1 };
      const manifests = Array(5000).fill(entry);
      const tag = subject.replace(":", "-");
      registry.store.putManifest("team/app", Buffer.from(JSON.stringify({ manifests })), indexType, tag);
      const found = brief(await ask());
      assert.equal(found.length, 21);
      assert.equal(found.at(-1), "unreadable: 4980 more could not be read");
    }));

  it("more than may be read in all", () =>
    withAttachedImage(api, async ({ registry, subject, ask, asked }) => {
      for (let n = 0; n < 40; n++) {
        registry.attachReferrer("team/app", subject, bundle(`${n}`.padEnd(4_000_000)));
      }
      const found = await ask();
      assert.equal(found.filter(({ type }) => type === "bundle").length, 8);
      assert.ok(found.some((one) => one.type === "unreadable" && /33554432 bytes/.test(one.reason)));
      assert.ok(asked().filter((path) => path.startsWith("blobs/")).length <= 16);
    }));
});
