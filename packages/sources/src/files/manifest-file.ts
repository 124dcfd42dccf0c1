import { CountersignError } from "@countersign/engine/values/error";
import { describedMediaType } from "@countersign/engine/values/manifest";
import type { FetchedManifest } from "@countersign/engine/verify/ports";
import { refuseIfCancelled } from "../cancellation.ts";
import { requireBoundedJson } from "../registry/bounded-json.ts";
import { readRegularFile } from "./read-file.ts";

/** As of registries, where every local image comes from. */
const maxManifestSize = 4 * 1024 * 1024;

/**
 * JSON of an image that is kept in files.
 * @throws CountersignError IMAGE_UNREADABLE in the words of Go's os.ReadFile; TOO_LARGE
 */
export async function readJsonFile(path: string, signal: AbortSignal): Promise<Uint8Array> {
  refuseIfCancelled(signal);
  const reading = await readRegularFile(path, maxManifestSize);
  if (reading.type !== "read") throw new CountersignError("IMAGE_UNREADABLE", reading.message);
  requireBoundedJson(reading.bytes);
  return reading.bytes;
}

/**
 * A manifest with what it says itself to be, unless something else says it.
 * @throws CountersignError as {@link readJsonFile}; MANIFEST_INVALID if readers would differ about what it is
 */
export async function readManifestFile(
  path: string,
  mediaType: string,
  signal: AbortSignal,
): Promise<FetchedManifest> {
  const bytes = await readJsonFile(path, signal);
  return { bytes, mediaType: mediaType === "" ? describedMediaType(bytes) : mediaType };
}
