import assert from "node:assert/strict";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { type Digest, digestHex, digestOf } from "@countersign/engine/values/digest";
import type { OciImage } from "@countersign/engine/values/located-image";
import { copyToLayout } from "@countersign/testkit/layouts/copy-to-layout";
import { storeImage, tinyImage } from "@countersign/testkit/registry/images";
import { bundleReferrer, storeReferrer } from "@countersign/testkit/registry/referrers";
import { type RegistryStore, registryStore } from "@countersign/testkit/registry/registry-store";
import { temporaryRoot } from "@countersign/testkit/registry/temporary-root";
import { openLocalImage } from "../open-local-image.ts";
import { brief } from "../testing/attached-image.ts";

const { signal } = new AbortController();
const place = { repository: undefined, tagPrefix: "" };
const bundle = bundleReferrer(Buffer.from("good"));

interface Layout {
  readonly store: RegistryStore;
  readonly subject: Digest;
  /** of the bundle */
  readonly referrer: Digest;
  /** the path of a blob */
  blob(digest: Digest): string;
  /** Changes index.json. */
  rewrite(change: (manifests: Record<string, unknown>[]) => unknown[]): void;
  found(subject?: Digest, within?: AbortSignal): Promise<readonly string[]>;
}

/** A layout that has an image and a bundle of it. */
async function withLayout(use: (layout: Layout) => Promise<void>): Promise<void> {
  using root = temporaryRoot();
  const path = join(root.path, "layout");
  const store = registryStore();
  const { digest: subject } = storeImage(store, "app", tinyImage, "v1");
  const { digest: referrer } = storeReferrer(store, "app", subject, bundle);
  copyToLayout(store, "app", path);
  const image: OciImage = {
    transport: "oci",
    path,
    resolvedPath: path,
    entry: { type: "named", name: "v1" },
  };
  const index = join(path, "index.json");
  await use({
    ...{ store, subject, referrer },
    blob: (digest) => join(path, "blobs/sha256", digestHex(digest)),
    rewrite(change) {
      const written = JSON.parse(readFileSync(index, "utf8"));
      writeFileSync(index, JSON.stringify({ ...written, manifests: change(written.manifests) }));
    },
    async found(asked = subject, within = signal) {
      const source = await openLocalImage(image, signal);
      return brief(await source.attachments({ subject: asked, kind: "signatures", place }, within));
    },
  });
}

describe("of an OCI layout, attachments are", () => {
  it("found whatever index.json calls them, since their manifests say what they are", () =>
    withLayout(async ({ rewrite, found }) => {
      rewrite((manifests) => manifests.map((one) => ({ ...one, artifactType: "application/spdx+json" })));
      assert.deepEqual(await found(), ["bundle good"]);
    }));

  it("not what index.json alone says to be about the image", () =>
    withLayout(async ({ subject, store, rewrite, blob, found }) => {
      const theirs = storeReferrer(store, "app", digestOf(Buffer.from("other")), bundle);
      writeFileSync(blob(theirs.digest), theirs.bytes);
      const claimed = {
        ...theirs,
        bytes: undefined,
        size: theirs.bytes.length,
        subject: { digest: subject },
      };
      rewrite(([image]) => [image, claimed]);
      assert.deepEqual(await found(), []);
    }));

  it("those of the manifest that is asked about, not of another image in it", () =>
    withLayout(async ({ found }) => assert.deepEqual(await found(digestOf(Buffer.from("other"))), [])));

  it("listed once, however often index.json names them", () =>
    withLayout(async ({ rewrite, found }) => {
      rewrite((manifests) => [...manifests, ...manifests.slice(1), ...manifests.slice(1)]);
      assert.deepEqual(await found(), ["bundle good"]);
    }));

  it("not looked for behind what is no digest", () =>
    withLayout(async ({ rewrite, found }) => {
      const digests = ["", "../../etc/passwd", "sha256:../../../etc/passwd", "md5:00"];
      rewrite((manifests) => [...manifests, ...digests.map((digest) => ({ digest }))]);
      assert.deepEqual(await found(), ["bundle good"]);
    }));
});

describe("of an OCI layout, what is broken is told", () => {
  const rows: ReadonlyArray<readonly [what: string, spoil: (layout: Layout) => void, told: RegExp]> = [
    [
      "a manifest that is not there",
      ({ blob, referrer }) => rmSync(blob(referrer)),
      /it is listed, and not there/,
    ],
    [
      "a manifest that is too large",
      ({ blob, referrer }) => writeFileSync(blob(referrer), " ".repeat(256 * 1024 + 1)),
      /exceeded maximum allowed size of 262144 bytes/,
    ],
    [
      "a bundle that is not there",
      ({ blob }) => rmSync(blob(digestOf(Buffer.from("good")))),
      /sha256:[0-9a-f]{64} is not there/,
    ],
  ];
  for (const [what, spoil, told] of rows) {
    it(what, () =>
      withLayout(async (layout) => {
        spoil(layout);
        const [only = "", ...others] = await layout.found();
        assert.match(only, told);
        assert.deepEqual(others, []);
      }),
    );
  }
});

describe("of an OCI layout, what cannot be read is an error, never an image without signatures", () => {
  const rows: ReadonlyArray<readonly [what: string, spoil: (layout: Layout) => void, code: string]> = [
    [
      "a manifest that is another",
      ({ blob, subject, referrer }) => {
        const text = readFileSync(blob(referrer), "utf8");
        writeFileSync(blob(referrer), text.replaceAll(subject, digestOf(Buffer.from("other"))));
      },
      "MANIFEST_DIGEST_MISMATCH",
    ],
    [
      "a manifest that is none",
      ({ blob, referrer }) => writeFileSync(blob(referrer), "{"),
      "MANIFEST_DIGEST_MISMATCH",
    ],
    [
      "a bundle that is another",
      ({ blob }) => writeFileSync(blob(digestOf(Buffer.from("good"))), "evil"),
      "IMAGE_UNREADABLE",
    ],
    [
      "a bundle that is no file",
      ({ blob }) => {
        const path = blob(digestOf(Buffer.from("good")));
        rmSync(path);
        mkdirSync(path);
      },
      "IMAGE_UNREADABLE",
    ],
    [
      "a manifest that is no file",
      ({ blob, referrer }) => {
        rmSync(blob(referrer));
        mkdirSync(blob(referrer));
      },
      "IMAGE_UNREADABLE",
    ],
  ];
  for (const [what, spoil, code] of rows) {
    it(what, () =>
      withLayout(async (layout) => {
        spoil(layout);
        await assert.rejects(layout.found(), { code });
      }),
    );
  }

  it("because nobody waits any more", () =>
    withLayout(({ found }) => assert.rejects(found(undefined, AbortSignal.abort()), { code: "CANCELLED" })));
});
