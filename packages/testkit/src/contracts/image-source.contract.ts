import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Digest, digestOf } from "@countersign/engine/values/digest";
import { parseDockerImage } from "@countersign/engine/values/located-image";
import type { FetchedManifest, ImageSourceOpener } from "@countersign/engine/verify/ports";
import type { Attachment } from "../registry/attachments.ts";

/** What a place must hold before the contract looks at it. */
export interface ContractRepository {
  /** tag → manifest */
  readonly tags: ReadonlyMap<string, FetchedManifest>;
  /** manifests without a tag */
  readonly untagged: readonly FetchedManifest[];
  readonly attachments: ReadonlyMap<Digest, readonly Attachment[]>;
  /** a manifest that is served under a digest it does not have */
  readonly forged: { readonly digest: Digest; readonly manifest: FetchedManifest };
}

export interface ContractPlace extends AsyncDisposable {
  readonly opener: ImageSourceOpener;
  /** the repository's full name, `host/path` */
  readonly repository: string;
}

const ociManifest = "application/vnd.oci.image.manifest.v1+json";
const manifest = (name: string): FetchedManifest => ({
  bytes: Buffer.from(
    JSON.stringify({ schemaVersion: 2, mediaType: ociManifest, layers: [], annotations: { name } }),
  ),
  mediaType: ociManifest,
});

const [signed, unsigned, instance, honest] = [
  manifest("signed"),
  manifest("unsigned"),
  manifest("instance"),
  manifest("honest"),
];
const signedDigest = digestOf(signed.bytes);
const attachments: readonly Attachment[] = [
  { payload: Buffer.from("first"), annotations: new Map([["a", "1"]]) },
  { payload: Buffer.from("second"), annotations: new Map(), mediaType: "text/plain" },
];
const repository: ContractRepository = {
  tags: new Map([
    ["signed", signed],
    ["unsigned", unsigned],
  ]),
  untagged: [instance],
  attachments: new Map([[signedDigest, attachments]]),
  forged: { digest: digestOf(honest.bytes), manifest: manifest("forged") },
};

/** What every ImageSourceOpener must do, whatever it opens. */
export function imageSourceContract(
  name: string,
  fill: (repository: ContractRepository) => Promise<ContractPlace>,
): void {
  const { signal } = new AbortController();
  const opening = async <T>(suffix: string, use: (place: Opened) => Promise<T>): Promise<T> => {
    await using place = await fill(repository);
    const image = parseDockerImage(place.repository + suffix);
    return await use({ place, source: await place.opener.open(image, signal) });
  };

  describe(`${name}, as an image source,`, () => {
    it("opens a tag with its manifest as it is", () =>
      opening(":signed", async ({ source, place }) => {
        assert.equal(source.physical, `${place.repository}:signed`);
        assert.deepEqual(plain(source.manifest), plain(signed));
      }));

    it("opens a digest", () =>
      opening(`@${signedDigest}`, async ({ source }) =>
        assert.deepEqual(plain(source.manifest), plain(signed)),
      ));

    it("gives another manifest of the repository by digest", () =>
      opening(":signed", async ({ source }) => {
        const found = await source.instanceManifest(digestOf(instance.bytes), signal);
        assert.deepEqual(plain(found), plain(instance));
      }));

    it("gives every attachment of a manifest in order, with its place", () =>
      opening(":signed", async ({ source }) => {
        const found = await source.signatures(signedDigest, signal);
        assert.deepEqual(
          found.map(
            (entry) =>
              entry.type === "sigstore" && [
                entry.mediaType,
                Buffer.from(entry.payload).toString(),
                Object.fromEntries(entry.annotations),
              ],
          ),
          [
            ["application/vnd.dev.cosign.simplesigning.v1+json", "first", { a: "1" }],
            ["text/plain", "second", {}],
          ],
        );
        assert.ok(found.every(({ location }) => location !== ""));
      }));

    it("gives no attachments where there are none", () =>
      opening(":unsigned", async ({ source }) =>
        assert.deepEqual(await source.signatures(digestOf(unsigned.bytes), signal), []),
      ));

    it("does not open what is not there", async () => {
      await using place = await fill(repository);
      const image = parseDockerImage(`${place.repository}:none`);
      await assert.rejects(place.opener.open(image, signal), {
        code: "REGISTRY_NOT_FOUND",
        message: `initializing source docker://${place.repository}:none: reading manifest none in ${place.repository}: manifest unknown`,
      });
    });

    it("does not give an instance that is not there", () =>
      opening(":signed", ({ source, place }) => {
        const digest = digestOf(Buffer.from("nothing has this digest"));
        return assert.rejects(source.instanceManifest(digest, signal), {
          code: "REGISTRY_NOT_FOUND",
          message: `reading manifest ${digest} in ${place.repository}: manifest unknown`,
        });
      }));

    it("does not give an instance that is not what its digest says", () =>
      opening(":signed", ({ source }) => {
        const { digest } = repository.forged;
        return assert.rejects(source.instanceManifest(digest, signal), {
          code: "MANIFEST_DIGEST_MISMATCH",
          message: `Manifest does not match provided manifest digest ${digest}`,
        });
      }));
  });
}

interface Opened {
  readonly place: ContractPlace;
  readonly source: Awaited<ReturnType<ImageSourceOpener["open"]>>;
}

function plain({ bytes, mediaType }: FetchedManifest): readonly [string, string] {
  return [Buffer.from(bytes).toString(), mediaType];
}
