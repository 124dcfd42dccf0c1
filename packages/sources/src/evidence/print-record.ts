import { type Digest, digestOf } from "@countersign/engine/values/digest";
import { formatReference, repositoryName } from "@countersign/engine/values/image-reference";
import { formatPlatform } from "@countersign/engine/values/platform";
import type { FetchedManifest, UnverifiedSignature } from "@countersign/engine/verify/ports";
import type { RecordedImage } from "./recorded-image.ts";

/** Of the format as it is written; what version 1 wrote, which knew nothing of attachments, is still read. */
export const recordVersion = "2";

/**
 * Writes a recording as JSON. Manifests and signatures stand under their digests and, where they are text, as text: so
 * that whoever reviews a change sees what was signed.
 */
export function printRecord(recorded: RecordedImage): string {
  const blobs: Record<Digest, object> = {};
  const keep = (bytes: Uint8Array): Digest => {
    const digest = digestOf(bytes);
    blobs[digest] = printBytes(bytes);
    return digest;
  };
  return `${JSON.stringify({ ...outlineOf(recorded, keep), blobs }, undefined, 2)}\n`;
}

/** The same without what the digests in it are of, which says whether two are alike, and is short however long these are. */
export function printOutline(recorded: RecordedImage): string {
  return JSON.stringify(outlineOf(recorded, digestOf));
}

function outlineOf(recorded: RecordedImage, keep: (bytes: Uint8Array) => Digest): object {
  const printManifest = ({ mediaType, bytes }: FetchedManifest) => ({ mediaType, blob: keep(bytes) });
  const printSignature = (signature: UnverifiedSignature) => {
    const { type, location } = signature;
    if (type === "simpleSigning") return { type, location, blob: keep(signature.bytes) };
    if (type === "bundle") return { type, location, blob: keep(signature.bytes) };
    if (type === "unreadable") return { type, location, reason: signature.reason };
    const { mediaType, annotations, payload } = signature;
    return { type, location, mediaType, annotations: Object.fromEntries(annotations), blob: keep(payload) };
  };
  return {
    evidence: recordVersion,
    image: formatReference(recorded.image.reference),
    recorded: new Date(recorded.at).toISOString(),
    platforms: recorded.platforms.map(formatPlatform),
    manifest: printManifest(recorded.manifest),
    instances: mapValues(recorded.instances, printManifest),
    signatures: mapValues(recorded.signatures, (found) => found.map(printSignature)),
    attachments: recorded.attachments.map(({ query: { subject, kind, place }, found }) => ({
      subject,
      kind,
      repository: place.repository === undefined ? "" : repositoryName(place.repository),
      tagPrefix: place.tagPrefix,
      found: found.map(printSignature),
    })),
  };
}

function mapValues<T>(map: ReadonlyMap<Digest, T>, print: (value: T) => object): object {
  return Object.fromEntries([...map].map(([digest, value]) => [digest, print(value)]));
}

/** Text if it survives being read back. */
function printBytes(bytes: Uint8Array): object {
  const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
  const whole = Buffer.from(bytes);
  return whole.equals(Buffer.from(text)) ? { text } : { base64: whole.toString("base64") };
}
