import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { digestOf } from "@countersign/engine/values/digest";
import { attachmentTag, storeAttachments } from "@countersign/testkit/registry/attachments";
import {
  bundleType,
  listByTag,
  type ReferrerContent,
  storeReferrer,
} from "@countersign/testkit/registry/referrers";
import type { ReferrersMode } from "@countersign/testkit/registry/referrers-route";
import { answer } from "@countersign/testkit/registry/registry-answer";
import {
  api,
  brief,
  bundle,
  layer,
  none,
  provenance,
  sbom,
  signPredicate,
  withAttachedImage,
} from "../testing/attached-image.ts";

const modes: readonly (readonly [name: string, mode: ReferrersMode])[] = [
  ["a registry that lists referrers", api],
  ["a registry that lists them two by two", { type: "api", pageSize: 2 }],
  ["a registry that answers 404 instead", none],
  ["a registry that answers 404 without a word", { type: "none", answer: answer(404) }],
  ["a registry that answers 400 instead", { type: "none", answer: answer(400) }],
  ["a registry that answers 406 instead", { type: "none", answer: answer(406) }],
  [
    "a registry that shows a page for people instead",
    { type: "none", answer: answer(200, { "content-type": "text/html" }, "<html>") },
  ],
  [
    "a registry that sends JSON of some other type instead",
    { type: "none", answer: answer(200, { "content-type": "application/json" }, "{}") },
  ],
];
for (const [name, mode] of modes) {
  describe(`in ${name}`, () => {
    it("nothing is attached to an image that has nothing", () =>
      withAttachedImage(mode, async ({ ask }) => {
        assert.deepEqual(await ask(), []);
        assert.deepEqual(await ask({ kind: "attestations" }), []);
      }));

    it("old and new signatures are found, and none of them hides another", () =>
      withAttachedImage(mode, async ({ registry, subject, ask }) => {
        registry.attachSignatures("team/app", subject, [layer("old 1"), layer("old 2")]);
        registry.attachReferrer("team/app", subject, sbom("sbom"));
        registry.attachReferrer("team/app", subject, bundle("new 1", signPredicate));
        registry.attachReferrer("team/app", subject, bundle("an attestation", provenance));
        registry.attachReferrer("team/app", subject, bundle("new 2"));
        assert.deepEqual(brief(await ask()), [
          "sigstore old 1",
          "sigstore old 2",
          "bundle new 1",
          "bundle new 2",
        ]);
      }));

    it("old and new attestations are found", () =>
      withAttachedImage(mode, async ({ registry, subject, ask }) => {
        const tag = attachmentTag(subject, ".att");
        storeAttachments(registry.store, "team/app", subject, [layer("old")], tag);
        registry.attachReferrer("team/app", subject, bundle("a signature", signPredicate));
        registry.attachReferrer("team/app", subject, bundle("new", provenance));
        assert.deepEqual(brief(await ask({ kind: "attestations" })), ["sigstore old", "bundle new"]);
      }));

    it("each says where it was found", () =>
      withAttachedImage(mode, async ({ registry, subject, ask }) => {
        registry.attachSignatures("team/app", subject, [layer("old")]);
        const { digest } = registry.attachReferrer("team/app", subject, bundle("new"));
        const place = `${registry.address}/team/app`;
        assert.deepEqual(
          (await ask()).map(({ location }) => location),
          [`${place}:${attachmentTag(subject)} layer 1`, `${place}@${digest}`],
        );
      }));
  });
}

describe("a bundle is found", () => {
  const spelled: readonly (readonly [how: string, content: ReferrerContent])[] = [
    [
      "of the older spelling",
      { ...bundle("b"), artifactType: "application/vnd.dev.sigstore.bundle+json;version=0.3" },
    ],
    ["of a later version", { ...bundle("b"), artifactType: "application/vnd.dev.sigstore.bundle.v0.4+json" }],
    [
      "whose manifest has no artifact type",
      { artifactType: "", layers: [{ bytes: Buffer.from("b"), mediaType: bundleType }] },
    ],
    [
      "whose manifest has no artifact type and an image's config",
      {
        artifactType: "",
        layers: [{ bytes: Buffer.from("b"), mediaType: bundleType }],
        configType: "application/vnd.oci.image.config.v1+json",
      },
    ],
  ];
  for (const [how, content] of spelled) {
    for (const mode of [api, none]) {
      it(`${how}, listed by ${mode.type === "api" ? "the registry" : "tag"}`, () =>
        withAttachedImage(mode, async ({ registry, subject, ask }) => {
          registry.attachReferrer("team/app", subject, content);
          assert.deepEqual(brief(await ask()), ["bundle b"]);
        }));
    }
  }

  it("though the list under the tag calls it something else", () =>
    withAttachedImage(none, async ({ registry, subject, ask }) => {
      const { digest, mediaType } = storeReferrer(registry.store, "team/app", subject, bundle("b"));
      const artifactType = "application/vnd.oci.image.config.v1+json";
      listByTag(registry.store, "team/app", subject, { digest, mediaType, size: 1, artifactType });
      assert.deepEqual(brief(await ask()), ["bundle b"]);
    }));

  it("beside thousands of SBOMs that a registry lists, of which none is opened", () =>
    withAttachedImage({ type: "api", pageSize: 500 }, async ({ registry, subject, ask, asked }) => {
      for (let n = 0; n < 3000; n++) registry.attachReferrer("team/app", subject, sbom(`${n}`));
      registry.attachReferrer("team/app", subject, bundle("b"));
      assert.deepEqual(brief(await ask()), ["bundle b"]);
      assert.equal(asked().filter((path) => path.startsWith("manifests/sha256:")).length, 1);
    }));

  it("beside thousands of SBOMs under the tag, if that says what it is; and what is not opened is told", () =>
    withAttachedImage(none, async ({ registry, subject, ask, asked }) => {
      const { store } = registry;
      for (let n = 0; n < 1000; n++) {
        const { digest, mediaType } = storeReferrer(store, "team/app", subject, sbom(`${n}`));
        listByTag(store, "team/app", subject, { digest, mediaType, size: 1, artifactType: "text/spdx" });
      }
      const { digest, mediaType } = storeReferrer(store, "team/app", subject, bundle("b"));
      listByTag(store, "team/app", subject, { digest, mediaType, size: 1, artifactType: bundleType });
      assert.deepEqual(brief(await ask()), [
        "bundle b",
        "unreadable: 1001 manifests that refer to it may be signatures, more than the 256 that are opened",
      ]);
      assert.equal(asked().filter((path) => path.startsWith("manifests/sha256:")).length, 256);
    }));

  it("in cosign's form of before bundles too", () =>
    withAttachedImage(api, async ({ registry, subject, ask }) => {
      const type = "application/vnd.dev.cosign.artifact.sig.v1+json";
      const mediaType = "application/vnd.dev.cosign.simplesigning.v1+json";
      const layers = [{ bytes: Buffer.from("s"), mediaType, annotations: { a: "1" } }];
      registry.attachReferrer("team/app", subject, { artifactType: "", configType: type, layers });
      const { digest } = registry.attachReferrer("team/app", subject, { artifactType: type, layers });
      const found = await ask();
      assert.deepEqual(brief(found), ["sigstore s", "sigstore s"]);
      assert.deepEqual(found.at(-1), {
        type: "sigstore",
        mediaType,
        payload: Buffer.from("s"),
        annotations: new Map([["a", "1"]]),
        location: `${registry.address}/team/app@${digest} layer 1`,
      });
      assert.deepEqual(await ask({ kind: "attestations" }), []);
    }));
});

describe("looking for what is attached costs", () => {
  it("four requests for an image with one bundle, two of them one after the other", () =>
    withAttachedImage(api, async ({ registry, subject, ask, asked }) => {
      const { digest } = registry.attachReferrer("team/app", subject, bundle("b", signPredicate));
      registry.attachReferrer("team/app", subject, bundle("an attestation", provenance));
      await ask();
      assert.deepEqual(asked().toSorted(), [
        `blobs/${digestOf(Buffer.from("b"))}`,
        `manifests/${attachmentTag(subject)}`,
        `manifests/${digest}`,
        `referrers/${subject}`,
      ]);
    }));

  it("a question about the registry itself once, where it lists nothing", () =>
    withAttachedImage(none, async ({ subject, ask, asked, timing }) => {
      const tagged = [`manifests/${subject.replace(":", "-")}`, `manifests/${attachmentTag(subject)}`];
      await ask();
      assert.deepEqual(asked().toSorted(), [...tagged, `referrers/${subject}`]);
      await ask();
      assert.deepEqual(asked().toSorted(), tagged);
      timing.advance(5 * 60_000);
      await ask();
      assert.deepEqual(asked().filter((path) => path !== "/v2/").length, 3);
    }));
});
