import { type Digest, digestOf } from "@countersign/engine/values/digest";
import type { SigstoreAttachment } from "@countersign/engine/verify/ports";

/** What a registry has to hold for a `.sig` tag. */
export interface SignatureManifest {
  readonly mediaType: "application/vnd.oci.image.manifest.v1+json";
  readonly manifest: Uint8Array;
  readonly digest: Digest;
  readonly blobs: ReadonlyMap<Digest, Uint8Array>;
}

/** The manifest cosign attaches to an image: a layer for each signature, with its annotations. */
export function signatureManifest(signatures: readonly SigstoreAttachment[]): SignatureManifest {
  const blobs = new Map<Digest, Uint8Array>();
  const add = (bytes: Uint8Array) => {
    const digest = digestOf(bytes);
    blobs.set(digest, bytes);
    return { digest, size: bytes.length };
  };
  const layers = signatures.map(({ mediaType, payload, annotations }) => ({
    mediaType,
    ...add(payload),
    annotations: Object.fromEntries(annotations),
  }));
  const config = {
    architecture: "",
    created: "0001-01-01T00:00:00Z",
    os: "",
    rootfs: { type: "layers", diff_ids: layers.map(({ digest }) => digest) },
    config: {},
  };
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: ociManifest,
      config: {
        mediaType: "application/vnd.oci.image.config.v1+json",
        ...add(Buffer.from(JSON.stringify(config))),
      },
      layers,
    }),
  );
  return { mediaType: ociManifest, manifest, digest: digestOf(manifest), blobs };
}

const ociManifest = "application/vnd.oci.image.manifest.v1+json";

/** The tag under which cosign looks for an image's signatures. */
export function signatureTag(image: Digest): string {
  return `${image.replace(":", "-")}.sig`;
}
