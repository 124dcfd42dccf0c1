import { gzipSync } from "node:zlib";
import { digestOf } from "@countersign/engine/values/digest";
import type { RegistryStore, StoredManifest } from "./registry-store.ts";
import { tarOf } from "./tar.ts";

export interface ImagePlatform {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string;
}

/** What a tiny image consists of. */
export interface ImageContent {
  readonly platform: ImagePlatform;
  /** path → content; makes images differ from each other */
  readonly files: Readonly<Record<string, string | Uint8Array>>;
  readonly command: readonly string[];
  readonly format: "oci" | "docker";
}

export const tinyImage: ImageContent = {
  platform: { os: "linux", architecture: "amd64" },
  files: { "hello.txt": "hello\n" },
  command: ["/hello"],
  format: "oci",
};

const mediaTypes = {
  oci: {
    manifest: "application/vnd.oci.image.manifest.v1+json",
    index: "application/vnd.oci.image.index.v1+json",
    config: "application/vnd.oci.image.config.v1+json",
    layer: "application/vnd.oci.image.layer.v1.tar+gzip",
  },
  docker: {
    manifest: "application/vnd.docker.distribution.manifest.v2+json",
    index: "application/vnd.docker.distribution.manifest.list.v2+json",
    config: "application/vnd.docker.container.image.v1+json",
    layer: "application/vnd.docker.image.rootfs.diff.tar.gzip",
  },
} as const;

/** Stores an image that any runtime can pull and unpack. */
export function storeImage(
  store: RegistryStore,
  repository: string,
  content: ImageContent,
  tag?: string,
): StoredManifest {
  const types = mediaTypes[content.format];
  const tar = tarOf(content.files);
  const layer = gzipSync(tar);
  const config = Buffer.from(
    JSON.stringify({
      ...content.platform,
      config: { Cmd: content.command },
      rootfs: { type: "layers", diff_ids: [digestOf(tar)] },
    }),
  );
  const manifest = {
    schemaVersion: 2,
    mediaType: types.manifest,
    config: storeBlob(store, repository, config, types.config),
    layers: [storeBlob(store, repository, layer, types.layer)],
  };
  return store.putManifest(repository, Buffer.from(JSON.stringify(manifest)), types.manifest, tag);
}

export interface StoredIndex extends StoredManifest {
  readonly instances: readonly (StoredManifest & { readonly platform: ImagePlatform })[];
}

/** Stores one image per platform and an index of them. */
export function storeIndex(
  store: RegistryStore,
  repository: string,
  contents: readonly ImageContent[],
  tag?: string,
): StoredIndex {
  const instances = contents.map((content) => ({
    ...storeImage(store, repository, content),
    platform: content.platform,
  }));
  const mediaType = mediaTypes[contents[0]?.format ?? "oci"].index;
  const manifests = instances.map(({ digest, bytes, platform, mediaType: type }) => ({
    mediaType: type,
    digest,
    size: bytes.length,
    platform,
  }));
  const index = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, manifests }));
  return { ...store.putManifest(repository, index, mediaType, tag), instances };
}

export interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

export function storeBlob(
  store: RegistryStore,
  repository: string,
  bytes: Uint8Array,
  mediaType: string,
): Descriptor {
  return { mediaType, digest: store.putBlob(repository, bytes), size: bytes.length };
}
