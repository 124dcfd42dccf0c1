import type { Digest } from "@countersign/engine/values/digest";
import { CountersignError } from "@countersign/engine/values/error";

/** What a tag that names a manifest's digest holds: cosign's signatures, its attestations, or a list of referrers. */
export type AttachmentSuffix = ".sig" | ".att" | "";

/**
 * The tag under which is kept what belongs to a manifest.
 * Source: cosign specs/SIGNATURE_SPEC.md; OCI distribution specification 1.1, referrers tag schema.
 * @param prefix - put before it, as cosign's COSIGN_REPOSITORY users may
 * @throws CountersignError REFERENCE_INVALID for a sha512 digest, whose tag would be too long for any registry
 */
export function attachmentTag(digest: Digest, suffix: AttachmentSuffix, prefix = ""): string {
  const tag = `${prefix}${digest.replace(":", "-")}${suffix}`;
  if (/^\w[\w.-]{0,127}$/.test(tag)) return tag;
  throw new CountersignError("REFERENCE_INVALID", "invalid tag format");
}
