import { parseDigest } from "@countersign/engine/values/digest";
import { CountersignError } from "@countersign/engine/values/error";
import { looseMember } from "@countersign/engine/values/loose-member";
import { type Json, parseJson } from "@countersign/engine/values/strict-json";
import type { FetchedManifest } from "@countersign/engine/verify/ports";
import type { BlobDescriptor } from "@countersign/sources/registry/blob-stream";

/** As many layers as no image has. */
const maxBlobs = 1000;

/**
 * The blobs that a manifest of one image refers to: its configuration and its layers, those aside that registries do not
 * keep because they lie elsewhere (`urls`).
 * @throws CountersignError MANIFEST_INVALID for one that is not understood, since half an image would be copied
 */
export function blobsOf({ bytes }: FetchedManifest, place: string): readonly BlobDescriptor[] {
  const manifest = understood(place, () => parseJson(bytes));
  const [config, layers] = [looseMember(manifest, "config"), looseMember(manifest, "layers")];
  if (config === undefined || layers?.kind !== "array") {
    throw invalid(place, "it has no config and layers; images of Docker's schema 1 are not copied");
  }
  const parts = [config, ...layers.items.filter((layer) => !isElsewhere(layer))];
  if (parts.length > maxBlobs) throw invalid(place, `it has more than ${maxBlobs} blobs`);
  return parts.map((part) => descriptor(part, place));
}

function isElsewhere(layer: Json): boolean {
  const urls = looseMember(layer, "urls");
  return urls?.kind === "array" && urls.items.length > 0;
}

function descriptor(json: Json, place: string): BlobDescriptor {
  const [digest, size] = [looseMember(json, "digest"), looseMember(json, "size")];
  if (digest?.kind !== "string" || size?.kind !== "number" || !/^\d{1,15}$/.test(size.text)) {
    throw invalid(place, "a blob in it has no digest or no size");
  }
  return { digest: understood(place, () => parseDigest(digest.value)), size: Number(size.text) };
}

function understood<T>(place: string, read: () => T): T {
  try {
    return read();
  } catch (caught) {
    throw invalid(place, CountersignError.from(caught).message);
  }
}

function invalid(place: string, why: string): CountersignError {
  return new CountersignError("MANIFEST_INVALID", `${place}: ${why}`);
}
