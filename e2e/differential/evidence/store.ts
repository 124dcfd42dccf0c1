import { createHash } from "node:crypto";
import type { Digest } from "@countersign/engine/values/digest";
import type { SigstoreAttachment } from "@countersign/engine/verify/ports";
import { attachmentTag, storeAttachments } from "@countersign/testkit/registry/attachments";
import { storeImage as storeTinyImage, tinyImage } from "@countersign/testkit/registry/images";
import type { StoredManifest } from "@countersign/testkit/registry/registry-store";
import type { Platform, Site } from "../case.ts";

export const mediaTypes = {
  manifest: "application/vnd.oci.image.manifest.v1+json",
  schema1Signed: "application/vnd.docker.distribution.manifest.v1+prettyjws",
  index: "application/vnd.oci.image.index.v1+json",
  config: "application/vnd.oci.image.config.v1+json",
  signature: "application/vnd.dev.cosign.simplesigning.v1+json",
  dockerManifest: "application/vnd.docker.distribution.manifest.v2+json",
  dockerList: "application/vnd.docker.distribution.manifest.list.v2+json",
} as const;

/** Stores a small image; `content` tells images apart. */
export function storeImage(site: Site, tag = "v1", content = "one"): StoredManifest {
  return storeTinyImage(site.store, site.repository, { ...tinyImage, files: { content } }, tag);
}

/** Stores an index over instances that are stored already; unlike a builder's, it may say anything of them. */
export function storeIndex(
  site: Site,
  instances: readonly (readonly [platform: Platform | undefined, instance: StoredManifest])[],
  tag = "v1",
  mediaType: string = mediaTypes.index,
): StoredManifest {
  const manifests = instances.map(([platform, { bytes, mediaType: type, digest }]) => ({
    mediaType: type,
    digest,
    size: bytes.length,
    platform,
  }));
  const index = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, manifests }));
  return site.store.putManifest(site.repository, index, mediaType, tag);
}

/** Stores what claims to sign `subject` where cosign keeps it. */
export function attach(
  site: Site,
  subject: StoredManifest,
  attachments: readonly SigstoreAttachment[],
): StoredManifest {
  return storeAttachments(site.store, site.repository, subject.digest, attachments);
}

/** Where the registry is asked for a manifest's signatures. */
export function signaturePath({ digest }: StoredManifest): string {
  return `manifests/${attachmentTag(digest)}`;
}

export function digestOf(bytes: Uint8Array, algorithm: "sha256" | "sha384" | "sha512"): string {
  return `${algorithm}:${createHash(algorithm).update(bytes).digest("hex")}`;
}

/** A digest of nothing that is stored. */
export const otherDigest = digestOf(Buffer.from("other"), "sha256") as Digest;
