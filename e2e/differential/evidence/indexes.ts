import type { StoredManifest } from "@countersign/testkit/registry/registry-store";
import type { Platform, Site } from "../case.ts";
import { mediaTypes } from "./store.ts";

export const amd64: Platform = { os: "linux", architecture: "amd64" };
export const arm64: Platform = { os: "linux", architecture: "arm64", variant: "v8" };

/** What an index says of a manifest, unless it says more or something else. */
export function descriptorOf({ bytes, digest, mediaType }: StoredManifest, platform?: unknown) {
  return { mediaType, digest, size: bytes.length, ...(platform === undefined ? {} : { platform }) };
}

export type IndexType = "index" | "Docker list";

export const indexTypes: Readonly<Record<IndexType, string>> = {
  index: mediaTypes.index,
  "Docker list": mediaTypes.dockerList,
};

/** Stores an index that says anything at all. */
export function storeIndexOf(
  site: Site,
  manifests: readonly unknown[],
  more: Readonly<Record<string, unknown>> = {},
  type: IndexType = "index",
  tag = "v1",
): StoredManifest {
  const mediaType = indexTypes[type];
  const text = JSON.stringify({ schemaVersion: 2, mediaType, manifests, ...more });
  return site.store.putManifest(site.repository, Buffer.from(text), mediaType, tag);
}
