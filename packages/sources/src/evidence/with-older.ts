import type { Digest } from "@countersign/engine/values/digest";
import { digestOf } from "@countersign/engine/values/digest";
import { guessMediaType } from "@countersign/engine/values/manifest";
import { attachmentKey } from "@countersign/engine/verify/fixed-sources";
import { maxSignatures } from "@countersign/engine/verify/gather-stored";
import type { FetchedManifest, UnverifiedSignature } from "@countersign/engine/verify/ports";
import type { RecordedAttachments, RecordedImage } from "./recorded-image.ts";

/** As many places as the policies of all namespaces look at for one image. */
const maxAttachments = 32;

/**
 * Of one place's signatures that were found before and are not any more. The first ones stay: whoever floods a registry
 * came after the signature that this node was content with. Each creation reads them, so a flood must not stay either.
 */
const maxMissing = { count: 32, bytes: 1024 * 1024 };

/**
 * A recording together with an older one of the same manifest. Neither is believed, and a signature is no worse for its
 * age. What was found stays although its registry gives it no more: a container that one namespace's policy refuses has the
 * registry asked, and who can empty the answer must not make the node forget what others run by.
 */
export function withOlder(recorded: RecordedImage, older: RecordedImage): RecordedImage {
  return {
    ...recorded,
    // of the same repository; two tags that are pulled in turn must not have every verdict judged again
    image: older.image,
    manifest: betterServed(recorded.manifest, older.manifest),
    instances: instancesOf(recorded, older),
    signatures: signaturesOf(recorded, older),
    attachments: attachmentsOf(recorded, older).slice(-maxAttachments),
  };
}

function instancesOf(recorded: RecordedImage, older: RecordedImage): RecordedImage["instances"] {
  const instances = new Map(older.instances);
  for (const [digest, found] of recorded.instances)
    instances.set(digest, betterServed(found, older.instances.get(digest) ?? found));
  return instances;
}

/**
 * No digest covers the media type that a manifest is served with. One that is served with another than it speaks of must not
 * make an index out of an image that a node knows, or the other way round: what is kept of it would be judged no more.
 */
function betterServed(found: FetchedManifest, older: FetchedManifest): FetchedManifest {
  return found.mediaType === guessMediaType(found.bytes) ? found : older;
}

function signaturesOf(recorded: RecordedImage, older: RecordedImage): RecordedImage["signatures"] {
  const signatures = new Map<Digest, readonly UnverifiedSignature[]>(older.signatures);
  for (const [digest, found] of recorded.signatures)
    signatures.set(digest, together(found, older.signatures.get(digest) ?? []));
  return signatures;
}

function attachmentsOf(recorded: RecordedImage, older: RecordedImage): readonly RecordedAttachments[] {
  const attachments = new Map(older.attachments.map((one) => [attachmentKey(one.query), one]));
  for (const { query, found } of recorded.attachments) {
    const key = attachmentKey(query);
    attachments.set(key, { query, found: together(found, attachments.get(key)?.found ?? []) });
  }
  return [...attachments.values()];
}

/**
 * In the order in which they were first found, so that the same ones again, in whatever order, are nothing new; no more than
 * are judged, for of more none are.
 */
function together(
  found: readonly UnverifiedSignature[],
  older: readonly UnverifiedSignature[],
): readonly UnverifiedSignature[] {
  const isFound = new Set(found.map(contentOf));
  const known = new Set(older.map(contentOf));
  const missing = { count: 0, bytes: 0 };
  const kept = older.filter((one) => {
    if (isFound.has(contentOf(one))) return true;
    const size = sizeOf(one);
    if (missing.count === maxMissing.count || missing.bytes + size > maxMissing.bytes) return false;
    missing.count++;
    missing.bytes += size;
    return true;
  });
  return [...kept, ...found.filter((one) => !known.has(contentOf(one)))].slice(0, maxSignatures);
}

/** In bytes; what nobody could read is no use to keep. */
function sizeOf(signature: UnverifiedSignature): number {
  switch (signature.type) {
    case "simpleSigning":
    case "bundle":
      return signature.bytes.length;
    case "unreadable":
      return Number.POSITIVE_INFINITY;
    case "sigstore":
      return [...signature.annotations].reduce(
        (sum, [name, value]) => sum + name.length + value.length,
        signature.payload.length,
      );
  }
}

/** A mirror has the same signatures in another place. */
function contentOf(signature: UnverifiedSignature): string {
  switch (signature.type) {
    case "simpleSigning":
    case "bundle":
      return `${signature.type} ${digestOf(signature.bytes)}`;
    case "unreadable":
      return `unreadable ${signature.location} ${signature.reason}`;
    case "sigstore": {
      const { mediaType, annotations, payload } = signature;
      return JSON.stringify(["sigstore", mediaType, digestOf(payload), ...[...annotations].sort()]);
    }
  }
}
