import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Digest, digestOf } from "@countersign/engine/values/digest";
import type { ErrorCode } from "@countersign/engine/values/error";
import type { LocatedImage } from "@countersign/engine/values/located-image";
import type { FetchedManifest, ImageSource, ImageSourceOpener } from "@countersign/engine/verify/ports";
import { type Attachment, signatureType } from "../registry/attachments.ts";

/** What a place must hold before the contract looks at it. */
export interface ContractImages {
  readonly signed: FetchedManifest;
  readonly unsigned: FetchedManifest;
  /** a further manifest, which both may lead to */
  readonly instance: FetchedManifest;
  /** a manifest that is served under a digest it does not have */
  readonly forged: { readonly digest: Digest; readonly manifest: FetchedManifest };
  /** of the signed image */
  readonly signatures: readonly Attachment[];
}

export interface ContractPlace extends AsyncDisposable {
  readonly opener: ImageSourceOpener;
  readonly signed: LocatedImage;
  /** the signed image under other names */
  readonly alsoSigned: readonly LocatedImage[];
  readonly unsigned: LocatedImage;
  /** what the opened source of the signed image says it is */
  readonly physical: string;
  readonly absent: { readonly image: LocatedImage; readonly error: ContractError };
  absentInstance(digest: Digest): ContractError;
  /** what it keeps of the signed image's signatures: all, or none where there is no room for them */
  readonly kept: readonly Attachment[];
}

export interface ContractError {
  readonly code: ErrorCode;
  readonly message: string;
}

const ociManifest = "application/vnd.oci.image.manifest.v1+json";
const manifest = (name: string): FetchedManifest => ({
  bytes: Buffer.from(
    JSON.stringify({ schemaVersion: 2, mediaType: ociManifest, layers: [], annotations: { name } }),
  ),
  mediaType: ociManifest,
});

const images: ContractImages = {
  signed: manifest("signed"),
  unsigned: manifest("unsigned"),
  instance: manifest("instance"),
  forged: { digest: digestOf(manifest("honest").bytes), manifest: manifest("forged") },
  signatures: [
    { payload: Buffer.from("first"), annotations: new Map([["a", "1"]]) },
    { payload: Buffer.from("second"), annotations: new Map(), mediaType: "text/plain" },
  ],
};

/** What every ImageSourceOpener must do, whatever it opens. */
export function imageSourceContract(
  name: string,
  fill: (images: ContractImages) => Promise<ContractPlace>,
): void {
  const { signal } = new AbortController();
  const opening = async (
    which: "signed" | "unsigned",
    use: (source: ImageSource, place: ContractPlace) => Promise<void> | void,
  ): Promise<void> => {
    await using place = await fill(images);
    await use(await place.opener.open(place[which], signal), place);
  };

  describe(`${name}, as an image source,`, () => {
    it("opens an image with its manifest as it is", () =>
      opening("signed", (source, { physical }) => {
        assert.equal(source.physical, physical);
        assert.deepEqual(plain(source.manifest), plain(images.signed));
      }));

    it("opens it under its other names", async () => {
      await using place = await fill(images);
      for (const image of place.alsoSigned) {
        const { manifest: found } = await place.opener.open(image, signal);
        assert.deepEqual(plain(found), plain(images.signed));
      }
    });

    it("gives another manifest by digest", () =>
      opening("signed", async (source) => {
        const found = await source.instanceManifest(digestOf(images.instance.bytes), signal);
        assert.deepEqual(plain(found), plain(images.instance));
      }));

    it("gives every signature it keeps, in order, with its place", () =>
      opening("signed", async (source, { kept }) => {
        const found = await source.signatures(digestOf(images.signed.bytes), signal);
        assert.deepEqual(
          found.map((entry) => entry.type === "sigstore" && plainAttachment(entry)),
          kept.map(plainAttachment),
        );
        assert.ok(found.every(({ location }) => location !== ""));
      }));

    it("gives no signatures where there are none", () =>
      opening("unsigned", async (source) =>
        assert.deepEqual(await source.signatures(digestOf(images.unsigned.bytes), signal), []),
      ));

    it("gives an instance none of the signatures of what leads to it", () =>
      opening("signed", async (source) =>
        assert.deepEqual(await source.signatures(digestOf(images.instance.bytes), signal), []),
      ));

    it("does not open what is not there", async () => {
      await using place = await fill(images);
      await assert.rejects(place.opener.open(place.absent.image, signal), place.absent.error);
    });

    it("does not give an instance that is not there", () =>
      opening("signed", (source, place) => {
        const digest = digestOf(Buffer.from("nothing has this digest"));
        return assert.rejects(source.instanceManifest(digest, signal), place.absentInstance(digest));
      }));

    it("does not give an instance that is not what its digest says", () =>
      opening("signed", (source) => {
        const { digest } = images.forged;
        return assert.rejects(source.instanceManifest(digest, signal), {
          code: "MANIFEST_DIGEST_MISMATCH",
          message: `Manifest does not match provided manifest digest ${digest}`,
        });
      }));

    it("does not begin once nobody waits any more", async () => {
      await using place = await fill(images);
      await assert.rejects(place.opener.open(place.signed, AbortSignal.abort()));
    });
  });
}

function plain({ bytes, mediaType }: FetchedManifest): readonly [string, string] {
  return [Buffer.from(bytes).toString(), mediaType];
}

function plainAttachment({
  mediaType = signatureType,
  payload,
  annotations,
}: Attachment): readonly unknown[] {
  return [mediaType, Buffer.from(payload).toString(), Object.fromEntries(annotations)];
}
