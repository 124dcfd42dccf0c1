import type { Digest } from "../values/digest.ts";
import { CountersignError } from "../values/error.ts";
import type { Evidence, Found } from "./evidence.ts";
import { type AttachmentNeed, attachmentNeedKey, type Needs } from "./needs.ts";
import type { ImageSource, UnverifiedSignature } from "./ports.ts";

/** What an image was found to be: the manifest that would run, and the index that led to it. */
export type FoundImage = Pick<Evidence, "manifestDigest" | "indexDigest"> & {
  readonly manifestDigest: Digest;
};

export type StoredSignatures = Pick<Evidence, "signatures" | "attachments">;

export const nothingStored: StoredSignatures = { signatures: [], attachments: new Map() };

/**
 * Signatures of one place that are judged: 127 from a lookaside store and 1000 attachments are what the sources read; see
 * their own limits for sizes.
 */
export const maxSignatures = 1127;
/** Of all that one image's requirements look at beside it: some SBOMs of several megabytes. */
const maxAttachmentBytes = 64 * 1024 * 1024;

/**
 * Fetches what is stored for an image, one place after the other, so that not all of them have to be held in memory. What
 * cannot be had is noted, and matters to whoever needs it.
 * @param known what was fetched before, and is not asked for again
 * @throws what `signal` was aborted with
 */
export async function gatherStored(
  source: ImageSource,
  image: FoundImage,
  needs: Needs,
  known: StoredSignatures,
  signal: AbortSignal,
): Promise<StoredSignatures> {
  const signatures = needs.signatures
    ? await attempt(() => source.signatures(image.manifestDigest, signal), source, signal)
    : known.signatures;
  const attachments = new Map(known.attachments);
  let left = maxAttachmentBytes - sizeOf([...attachments.values()]);
  for (const need of needs.attachments.values()) {
    const subject = need.of === "manifest" ? image.manifestDigest : image.indexDigest;
    if (subject === undefined) continue;
    const found = await attempt(() => fetchWithin(left, source, subject, need, signal), source, signal);
    left -= sizeOf([found]);
    attachments.set(attachmentNeedKey(need), found);
  }
  return { signatures, attachments };
}

async function fetchWithin(
  left: number,
  source: ImageSource,
  subject: Digest,
  { kind, place }: AttachmentNeed,
  signal: AbortSignal,
): Promise<readonly UnverifiedSignature[]> {
  const found = left > 0 ? await source.attachments({ subject, kind, place }, signal) : undefined;
  if (found !== undefined && sizeOf([found]) <= left) return found;
  throw new CountersignError(
    "TOO_LARGE",
    `${kind} of ${source.physical} have more than the ${maxAttachmentBytes} bytes that are judged`,
  );
}

async function attempt(
  fetch: () => Promise<readonly UnverifiedSignature[]>,
  { physical }: ImageSource,
  signal: AbortSignal,
): Promise<Found> {
  try {
    const found = await fetch();
    if (found.length <= maxSignatures) return found;
    return new CountersignError(
      "TOO_LARGE",
      `${physical} has ${found.length} signatures, more than the ${maxSignatures} that are judged`,
    );
  } catch (caught) {
    if (signal.aborted) throw caught;
    return CountersignError.from(caught);
  }
}

function sizeOf(all: readonly Found[]): number {
  let size = 0;
  for (const found of all) {
    if (found instanceof CountersignError) continue;
    for (const one of found) size += bytesOf(one).length;
  }
  return size;
}

function bytesOf(signature: UnverifiedSignature): Uint8Array | string {
  switch (signature.type) {
    case "sigstore":
      return signature.payload;
    case "unreadable":
      return signature.reason;
    default:
      return signature.bytes;
  }
}
