import { type Digest, digestOf } from "@countersign/engine/values/digest";
import { mediaTypes } from "@countersign/engine/values/manifest";
import type { FetchedManifest } from "@countersign/engine/verify/ports";
import { attachmentTag } from "@countersign/sources/attachments/attachment-tag";
import type { OpenRepository } from "@countersign/sources/open-repositories";
import type { Timing } from "@countersign/sources/timing";
import { changeTag } from "./change-tag.ts";
import type { Descriptor } from "./descriptor.ts";
import { readManifestJson, textIn } from "./manifest-json.ts";

/** An artifact of one file. */
export interface Artifact {
  readonly type: string;
  readonly bytes: Uint8Array;
  readonly annotations: Readonly<Record<string, string>>;
}

const emptyType = "application/vnd.oci.empty.v1+json";
const empty = Buffer.from("{}");

/**
 * Stores an artifact that refers to a manifest, and sees to it that it is found from there: a registry that does not list
 * what refers to what keeps such lists under tags.
 * Source: OCI image-spec 1.1, manifest.md, and distribution-spec 1.1, pushing manifests with subject.
 * @returns its digest
 * @throws CountersignError with a registry code or REGISTRY_CONFLICT
 */
export async function attachReferrer(
  repository: OpenRepository,
  subject: Descriptor,
  artifact: Artifact,
  timing: Timing,
  signal: AbortSignal,
): Promise<Digest> {
  await repository.putBlob(empty, signal);
  await repository.putBlob(artifact.bytes, signal);
  const manifest = referrerManifest(subject, artifact);
  return await putReferrer(repository, subject.digest, manifest, artifact, timing, signal);
}

/** Stores a manifest that refers to another, whose blobs are there, and sees to it that it is found from there. */
export async function putReferrer(
  repository: OpenRepository,
  subject: Digest,
  manifest: FetchedManifest,
  listed: Pick<Artifact, "type" | "annotations">,
  timing: Timing,
  signal: AbortSignal,
): Promise<Digest> {
  const digest = digestOf(manifest.bytes);
  const { listsReferrers } = await repository.putManifest(digest, manifest, signal);
  if (!listsReferrers && !(await keepsLists(repository, subject, signal))) {
    await listUnderTag(repository, subject, manifest, listed, timing, signal);
  }
  return digest;
}

function referrerManifest(subject: Descriptor, { type, bytes, annotations }: Artifact): FetchedManifest {
  const mediaType = mediaTypes.ociManifest;
  const written = {
    schemaVersion: 2,
    mediaType,
    artifactType: type,
    config: { mediaType: emptyType, size: empty.length, digest: digestOf(empty) },
    layers: [{ mediaType: type, size: bytes.length, digest: digestOf(bytes) }],
    annotations,
    subject: { mediaType: subject.mediaType, size: subject.size, digest: subject.digest },
  };
  return { mediaType, bytes: Buffer.from(JSON.stringify(written)) };
}

/** Whether the registry lists by itself what refers to a manifest, also where it did not say so. */
async function keepsLists(
  repository: OpenRepository,
  subject: Digest,
  signal: AbortSignal,
): Promise<boolean> {
  return (await repository.referrers(subject, "", maxPageSize, signal)) !== undefined;
}

const maxPageSize = 4 * 1024 * 1024;

async function listUnderTag(
  repository: OpenRepository,
  subject: Digest,
  manifest: FetchedManifest,
  { type, annotations }: Pick<Artifact, "type" | "annotations">,
  timing: Timing,
  signal: AbortSignal,
): Promise<void> {
  const tag = attachmentTag(subject, "");
  const mediaType = mediaTypes.ociIndex;
  const digest = digestOf(manifest.bytes);
  const entry = {
    mediaType: manifest.mediaType,
    size: manifest.bytes.length,
    digest,
    artifactType: type,
    annotations,
  };
  await changeTag(
    repository,
    tag,
    async (found) => {
      const { manifest: index, entries } =
        found === undefined
          ? { manifest: {}, entries: [] }
          : readManifestJson(found, "ociIndex", "manifests", `${repository.name}:${tag}`);
      if (entries.some((other) => textIn(other, "digest") === digest)) return undefined;
      const written = { ...index, schemaVersion: 2, mediaType, manifests: [...entries, entry] };
      return { mediaType, bytes: Buffer.from(JSON.stringify(written)) };
    },
    timing,
    signal,
  );
}
