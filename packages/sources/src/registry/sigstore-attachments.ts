import type { Digest } from "@countersign/engine/values/digest";
import { CountersignError } from "@countersign/engine/values/error";
import { quote } from "@countersign/engine/values/go-format";
import { mediaTypes } from "@countersign/engine/values/manifest";
import type { SigstoreAttachment } from "@countersign/engine/verify/ports";
import { attachmentTag } from "../attachments/attachment-tag.ts";
import { parseSigstoreLayers, type SigstoreLayer } from "../attachments/sigstore-layers.ts";
import type { RepositoryReader } from "./repository-reader.ts";

const maxPayloadSize = 4 * 1024 * 1024;
/** As many as cosign reads; without a limit one manifest could ask for forty thousand blobs of 4 MiB. */
const maxLayers = 1000;
const maxTotalSize = 32 * 1024 * 1024;

/** A repository, as far as attachments need it. */
export type AttachmentReader = Pick<RepositoryReader, "name" | "findManifest" | "blob">;

/**
 * Everything cosign attached to a manifest under the tag `sha256-<hex>.sig`: signatures and whatever else is
 * there, in the order of the layers. No such tag is no attachments; anything else that goes wrong is an error.
 * Descriptors' sizes are not believed.
 * Source: containers/image docker/docker_image_src.go, appendSignaturesFromSigstoreAttachments.
 * @throws CountersignError with a registry code, REGISTRY_ANSWER_INVALID or TOO_LARGE
 */
export async function readSigstoreAttachments(
  reader: AttachmentReader,
  manifest: Digest,
  signal: AbortSignal,
): Promise<readonly SigstoreAttachment[]> {
  const tag = attachmentTag(manifest, ".sig");
  const place = `${reader.name}:${tag}`;
  const found = await reader.findManifest(tag, signal);
  if (found === undefined) return [];
  if (found.mediaType !== mediaTypes.ociManifest) {
    throw invalid(
      `unexpected MIME type for sigstore attachment manifest ${place}: ${quote(found.mediaType)}`,
    );
  }
  const layers = parseSigstoreLayers(found.bytes, place);
  if (layers.length > maxLayers) {
    throw tooLarge(`${place} has ${layers.length} layers, more than the ${maxLayers} that are read`);
  }
  const payloads = await fetchPayloads(reader, place, layers, signal);
  return layers.map(({ mediaType, digest, annotations }, index) => ({
    type: "sigstore",
    mediaType,
    payload: payloads.get(digest) ?? new Uint8Array(),
    annotations,
    location: `${place} layer ${index + 1}`,
  }));
}

/**
 * Several signatures often share one payload: it is fetched once. It counts for each of them, because it is hashed for
 * each: a thousand layers over one large blob would keep the judge busy for seconds.
 */
async function fetchPayloads(
  reader: AttachmentReader,
  place: string,
  layers: readonly SigstoreLayer[],
  signal: AbortSignal,
): Promise<ReadonlyMap<Digest, Uint8Array>> {
  const payloads = new Map<Digest, Uint8Array>();
  let total = 0;
  for (const { digest } of layers) {
    const payload = payloads.get(digest) ?? (await reader.blob(digest, maxPayloadSize, signal));
    total += payload.length;
    if (total > maxTotalSize) throw tooLarge(`the layers of ${place} exceed ${maxTotalSize} bytes together`);
    payloads.set(digest, payload);
  }
  return payloads;
}

function invalid(message: string): CountersignError {
  return new CountersignError("REGISTRY_ANSWER_INVALID", message);
}

function tooLarge(message: string): CountersignError {
  return new CountersignError("TOO_LARGE", message);
}
