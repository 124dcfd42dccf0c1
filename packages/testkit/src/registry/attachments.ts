import type { Digest } from "@countersign/engine/values/digest";
import { storeBlob } from "./images.ts";
import type { RegistryStore, StoredManifest } from "./registry-store.ts";

/** One layer of a cosign `.sig` manifest. */
export interface Attachment {
  readonly payload: Uint8Array;
  readonly annotations: ReadonlyMap<string, string>;
  /** `application/vnd.dev.cosign.simplesigning.v1+json` unless it is something else than a signature */
  readonly mediaType?: string;
}

export const signatureType = "application/vnd.dev.cosign.simplesigning.v1+json";
const manifestType = "application/vnd.oci.image.manifest.v1+json";

/** The tag under which cosign looks for a manifest's signatures, or attestations. */
export function attachmentTag(subject: Digest, suffix: ".sig" | ".att" = ".sig"): string {
  return `${subject.replace(":", "-")}${suffix}`;
}

/**
 * Stores signatures as cosign does, replacing what was there for `subject`.
 * @param tag - another tag than the one for signatures
 */
export function storeAttachments(
  store: RegistryStore,
  repository: string,
  subject: Digest,
  attachments: readonly Attachment[],
  tag: string = attachmentTag(subject),
): StoredManifest {
  const layers = attachments.map(({ payload, annotations, mediaType = signatureType }) => ({
    ...storeBlob(store, repository, payload, mediaType),
    annotations: Object.fromEntries(annotations),
  }));
  const config = {
    architecture: "",
    os: "",
    config: {},
    rootfs: { type: "layers", diff_ids: layers.map(({ digest }) => digest) },
  };
  const manifest = {
    schemaVersion: 2,
    mediaType: manifestType,
    config: storeBlob(
      store,
      repository,
      Buffer.from(JSON.stringify(config)),
      "application/vnd.oci.image.config.v1+json",
    ),
    layers,
  };
  const bytes = Buffer.from(JSON.stringify(manifest));
  return store.putManifest(repository, bytes, manifestType, tag);
}
