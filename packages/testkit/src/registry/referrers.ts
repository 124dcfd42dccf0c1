import type { Digest } from "@countersign/engine/values/digest";
import { type Descriptor, storeBlob } from "./images.ts";
import type { RegistryStore, StoredManifest } from "./registry-store.ts";

/** A manifest that refers to another: a bundle, as cosign 3 attaches it, or anything else. */
export interface ReferrerContent {
  /** of the manifest and of its layers, unless they say otherwise; `""` for a manifest without */
  readonly artifactType: string;
  readonly layers: readonly ReferrerLayer[];
  readonly annotations?: Readonly<Record<string, string>>;
  /** `application/vnd.oci.empty.v1+json` when undefined */
  readonly configType?: string;
}

export interface ReferrerLayer {
  readonly bytes: Uint8Array;
  readonly mediaType?: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

export const bundleType = "application/vnd.dev.sigstore.bundle.v0.3+json";
const manifestType = "application/vnd.oci.image.manifest.v1+json";
const indexType = "application/vnd.oci.image.index.v1+json";

/**
 * A bundle as cosign 3 stores it.
 * @param predicateType - of its statement; undefined if its manifest does not say
 */
export function bundleReferrer(bundle: Uint8Array, predicateType?: string): ReferrerContent {
  const content = { "dev.sigstore.bundle.content": "dsse-envelope" };
  const annotations =
    predicateType === undefined
      ? content
      : { ...content, "dev.sigstore.bundle.predicateType": predicateType };
  return { artifactType: bundleType, layers: [{ bytes: bundle }], annotations };
}

/** Stores what refers to `subject`, which need not be there. */
export function storeReferrer(
  store: RegistryStore,
  repository: string,
  subject: Digest,
  { artifactType, layers, annotations, configType = "application/vnd.oci.empty.v1+json" }: ReferrerContent,
): StoredManifest {
  const size = store.manifest(repository, subject)?.bytes.length ?? 0;
  const manifest = {
    schemaVersion: 2,
    mediaType: manifestType,
    ...(artifactType === "" ? {} : { artifactType }),
    config: storeBlob(store, repository, Buffer.from("{}"), configType),
    layers: layers.map(({ bytes, mediaType = artifactType, annotations: own }) => ({
      ...storeBlob(store, repository, bytes, mediaType),
      ...(own === undefined ? {} : { annotations: own }),
    })),
    subject: { mediaType: manifestType, digest: subject, size },
    annotations,
  };
  return store.putManifest(repository, Buffer.from(JSON.stringify(manifest)), manifestType);
}

/** Adds a referrer to the list under the tag that stands in for the registry's own (referrers tag schema). */
export function listByTag(
  store: RegistryStore,
  repository: string,
  subject: Digest,
  descriptor: Descriptor & { readonly artifactType?: string },
): StoredManifest {
  const tag = subject.replace(":", "-");
  const before = store.manifest(repository, tag);
  const manifests = before === undefined ? [] : JSON.parse(Buffer.from(before.bytes).toString()).manifests;
  const index = { schemaVersion: 2, mediaType: indexType, manifests: [...manifests, descriptor] };
  return store.putManifest(repository, Buffer.from(JSON.stringify(index)), indexType, tag);
}
