import type { Digest } from "@countersign/engine/values/digest";
import { CountersignError } from "@countersign/engine/values/error";
import { quote } from "@countersign/engine/values/go-format";
import { mediaTypes } from "@countersign/engine/values/manifest";
import type {
  FetchedManifest,
  UnreadableAttachment,
  UnverifiedSignature,
} from "@countersign/engine/verify/ports";
import type { AttachmentStore } from "./attachment-store.ts";
import { inBatches } from "./in-batches.ts";
import type { AttachmentLimits } from "./limits.ts";
import { parseSigstoreLayers, type SigstoreLayer } from "./sigstore-layers.ts";
import { boundedNotes, noting, unreadable } from "./unreadable.ts";

/** More signatures than anybody makes of one image. */
export const maxLayers = 512;
const maxManifestSize = 4 * 1024 * 1024;

/**
 * What cosign attached under a tag, layer by layer. One that is broken hides none of the others, nor what is found
 * elsewhere: that is the difference to what containers/image, and so `sigstoreSigned`, does.
 * @throws CountersignError with a registry code
 */
export async function readTagged(
  store: AttachmentStore,
  tag: string,
  limits: AttachmentLimits,
  signal: AbortSignal,
): Promise<readonly UnverifiedSignature[]> {
  const place = `${store.name}:${tag}`;
  const found = await noting(place, () => store.lookUp(tag, maxManifestSize, signal));
  if (found === undefined) return [];
  return "type" in found ? [found] : await readLayers(store, place, found, limits, signal);
}

/** Every layer of such a manifest. */
export async function readLayers(
  store: AttachmentStore,
  place: string,
  manifest: FetchedManifest,
  limits: AttachmentLimits,
  signal: AbortSignal,
): Promise<readonly UnverifiedSignature[]> {
  const parsed = await noting(place, async () => parseManifest(manifest, place));
  if ("type" in parsed) return [parsed];
  const layers = parsed.slice(0, maxLayers);
  const payloads = await fetchPayloads(store, layers, limits, signal);
  const read: UnverifiedSignature[] = [];
  const notes: UnreadableAttachment[] = [];
  let total = 0;
  for (const [index, { mediaType, digest, annotations }] of layers.entries()) {
    const location = `${place} layer ${index + 1}`;
    const payload = payloads.get(digest) ?? tooMuch(limits);
    // Each counts, though several share one payload: it is hashed for each.
    total += typeof payload === "string" ? 0 : payload.length;
    if (typeof payload === "string") notes.push(unreadable(location, payload));
    else if (total > limits.total) notes.push(unreadable(location, tooMuch(limits)));
    else read.push({ type: "sigstore", mediaType, payload, annotations, location });
  }
  if (parsed.length > maxLayers) {
    notes.push(unreadable(place, `it has ${parsed.length} layers, more than the ${maxLayers} that are read`));
  }
  return [...read, ...boundedNotes(place, notes)];
}

export function tooMuch({ total }: AttachmentLimits): string {
  return `it is not read: what comes before it has ${total} bytes or more`;
}

function parseManifest({ bytes, mediaType }: FetchedManifest, place: string): readonly SigstoreLayer[] {
  if (mediaType !== mediaTypes.ociManifest) {
    throw new CountersignError("MANIFEST_INVALID", `its type is ${quote(mediaType)}, not an image's`);
  }
  try {
    return parseSigstoreLayers(bytes, place);
  } catch (caught) {
    throw new CountersignError("MANIFEST_INVALID", CountersignError.from(caught).message, { cause: caught });
  }
}

/** Each once, until there is too much of them; or why it cannot be had. */
async function fetchPayloads(
  store: AttachmentStore,
  layers: readonly SigstoreLayer[],
  { blob, total, batch }: AttachmentLimits,
  signal: AbortSignal,
): Promise<ReadonlyMap<Digest, Uint8Array | string>> {
  const digests = [...new Set(layers.map(({ digest }) => digest))];
  const payloads = new Map<Digest, Uint8Array | string>();
  let size = 0;
  const fetching = inBatches(digests, batch, async (digest) => {
    const payload = await noting(digest, () => store.blob(digest, blob, signal));
    return [digest, "type" in payload ? payload.reason : payload] as const;
  });
  for await (const [digest, payload] of fetching) {
    payloads.set(digest, payload);
    if (typeof payload !== "string") size += payload.length;
    if (size > total) break;
  }
  return payloads;
}
