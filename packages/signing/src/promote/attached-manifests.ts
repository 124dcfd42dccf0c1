import type { Digest } from "@countersign/engine/values/digest";
import { CountersignError } from "@countersign/engine/values/error";
import type { FetchedManifest } from "@countersign/engine/verify/ports";
import { attachmentTag } from "@countersign/sources/attachments/attachment-tag";
import { listReferrers } from "@countersign/sources/attachments/list-referrers";
import { withDigest } from "@countersign/sources/instance-manifest";
import type { OpenRepository } from "@countersign/sources/open-repositories";

/** What somebody attached to a manifest: under one of cosign's tags, or as what refers to it. */
export type AttachedManifest =
  | { readonly type: "tagged"; readonly tag: string; readonly manifest: FetchedManifest }
  | { readonly type: "referrer"; readonly subject: Digest; readonly manifest: FetchedManifest };

/** More than anybody attaches to one image: what follows would be left behind, and is refused instead. */
const maxReferrers = 256;

/**
 * Signatures, attestations and whatever else is attached to a manifest.
 * @throws CountersignError with a registry code; TOO_LARGE when there is more than is copied
 */
export async function attachedManifests(
  repository: OpenRepository,
  subject: Digest,
  signal: AbortSignal,
): Promise<readonly AttachedManifest[]> {
  const found: AttachedManifest[] = [];
  for (const suffix of [".sig", ".att"] as const) {
    const tag = attachmentTag(subject, suffix);
    const manifest = await repository.findManifest(tag, signal);
    if (manifest !== undefined) found.push({ type: "tagged", tag, manifest });
  }
  const { entries, notes } = await listReferrers(repository, subject, signal);
  const [unread] = notes;
  if (unread !== undefined) {
    throw new CountersignError("REGISTRY_ANSWER_INVALID", `${unread.location}: ${unread.reason}`);
  }
  if (entries.length > maxReferrers) {
    const message = `${repository.name}@${subject}: ${entries.length} manifests refer to it, and ${maxReferrers} are copied at most`;
    throw new CountersignError("TOO_LARGE", message);
  }
  for (const { digest } of entries) {
    const manifest = withDigest(await repository.manifest(digest, signal), digest);
    found.push({ type: "referrer", subject, manifest });
  }
  return found;
}
