import type { AttachmentQuery, UnverifiedSignature } from "@countersign/engine/verify/ports";
import type { AttachmentStore } from "./attachment-store.ts";
import { attachmentTag } from "./attachment-tag.ts";
import { inBatches } from "./in-batches.ts";
import { attachmentLimits } from "./limits.ts";
import { readTagged } from "./read-layers.ts";
import { readReferrers } from "./read-referrers.ts";

/**
 * Everything that cosign, old and new, attached to a manifest: what its tag has, then what refers to it. Both are looked
 * for at once and always; cosign itself overlooks good old signatures as soon as there is any bundle.
 * @throws CountersignError REFERENCE_INVALID for a digest that has no tag, or with a registry code
 */
export async function readAttachments(
  store: AttachmentStore,
  query: AttachmentQuery,
  signal: AbortSignal,
): Promise<readonly UnverifiedSignature[]> {
  const suffix = query.kind === "signatures" ? ".sig" : ".att";
  const tag = attachmentTag(query.subject, suffix, query.place.tagPrefix);
  const ways = [
    () => readTagged(store, tag, attachmentLimits[query.kind], signal),
    () => readReferrers(store, query, signal),
  ];
  const found: UnverifiedSignature[] = [];
  for await (const some of inBatches(ways, ways.length, (way) => way())) found.push(...some);
  return found;
}
