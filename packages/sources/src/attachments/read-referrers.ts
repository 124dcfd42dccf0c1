import type { Digest } from "@countersign/engine/values/digest";
import { CountersignError } from "@countersign/engine/values/error";
import type {
  AttachmentQuery,
  UnreadableAttachment,
  UnverifiedSignature,
} from "@countersign/engine/verify/ports";
import { withDigest } from "../instance-manifest.ts";
import type { AttachmentStore } from "./attachment-store.ts";
import { inBatches } from "./in-batches.ts";
import { type AttachmentLimits, attachmentLimits } from "./limits.ts";
import { listReferrers, type ReferrerList } from "./list-referrers.ts";
import { readLayers, tooMuch } from "./read-layers.ts";
import type { ListedReferrer } from "./referrer-index.ts";
import { isOfOtherKind, isSignatureType, mayBeSignature, parseReferrer } from "./referrer-manifest.ts";
import { boundedNotes, noting, unreadable } from "./unreadable.ts";

/** Those that are called signatures come first, so that thousands of SBOMs do not use it up. */
const maxOpened = 256;
/** A bundle's manifest has a kilobyte. */
const maxManifestSize = 256 * 1024;

/**
 * The bundles that refer to a manifest, and cosign's signatures of before bundles that do.
 * @throws CountersignError with a registry code: what might be a good signature and cannot be had is not overlooked
 */
export async function readReferrers(
  store: AttachmentStore,
  { subject, kind }: AttachmentQuery,
  signal: AbortSignal,
): Promise<readonly UnverifiedSignature[]> {
  const limits = attachmentLimits[kind];
  const list = await listReferrers(store, subject, signal);
  const candidates = inOrder(list, kind);
  const read: UnverifiedSignature[] = [];
  const notes: UnreadableAttachment[] = [...list.notes];
  let total = 0;
  const opening = inBatches(candidates.slice(0, maxOpened), limits.batch, (entry) =>
    total > limits.total
      ? Promise.resolve([unreadable(`${store.name}@${entry.digest}`, tooMuch(limits))])
      : open(store, entry, subject, kind, limits, signal),
  );
  for await (const found of opening) {
    for (const one of found) {
      total += sizeOf(one);
      if (one.type === "unreadable") notes.push(one);
      else if (total > limits.total) notes.push(unreadable(one.location, tooMuch(limits)));
      else read.push(one);
    }
  }
  const place = `${store.name}@${subject}`;
  if (candidates.length > maxOpened) {
    const count = `${candidates.length} manifests that refer to it may be ${kind}`;
    notes.push(unreadable(place, `${count}, more than the ${maxOpened} that are opened`));
  }
  return [...read, ...boundedNotes(place, notes)];
}

/**
 * What a registry's list calls something else is not opened: its word is the manifest's own. What a list under the
 * fallback tag says is only a hint, since older tools wrote the type of the config there (docker/buildx issue 4010).
 */
function inOrder({ entries, by }: ReferrerList, kind: AttachmentQuery["kind"]): readonly ListedReferrer[] {
  const isOther = ({ artifactType, predicateType }: ListedReferrer): boolean =>
    !mayBeSignature(artifactType) || isOfOtherKind(predicateType, kind);
  const likelihood = (entry: ListedReferrer): number =>
    isOther(entry) ? 0 : isSignatureType(entry.artifactType) ? 2 : 1;
  const candidates = by === "registry" ? entries.filter((entry) => !isOther(entry)) : entries;
  return candidates.toSorted((a, b) => likelihood(b) - likelihood(a));
}

async function open(
  store: AttachmentStore,
  { digest, artifactType }: ListedReferrer,
  subject: Digest,
  kind: AttachmentQuery["kind"],
  limits: AttachmentLimits,
  signal: AbortSignal,
): Promise<readonly UnverifiedSignature[]> {
  const location = `${store.name}@${digest}`;
  const found = await noting(location, async (): Promise<readonly UnverifiedSignature[]> => {
    const manifest = await store.lookUp(digest, maxManifestSize, signal);
    if (manifest === undefined)
      throw new CountersignError("REGISTRY_NOT_FOUND", "it is listed, and not there");
    const referrer = parseReferrer(withDigest(manifest, digest), subject, kind);
    switch (referrer.type) {
      case "bundle":
        return [{ type: "bundle", bytes: await store.blob(referrer.layer, limits.blob, signal), location }];
      case "cosign signatures":
        return await readLayers(store, location, manifest, limits, signal);
      case "other":
        return [];
    }
  });
  if (!("type" in found)) return found;
  // a large SBOM's manifest is no signature that was overlooked
  return mayBeSignature(artifactType) ? [found] : [];
}

function sizeOf(signature: UnverifiedSignature): number {
  switch (signature.type) {
    case "bundle":
    case "simpleSigning":
      return signature.bytes.length;
    case "sigstore":
      return signature.payload.length;
    case "unreadable":
      return 0;
  }
}
