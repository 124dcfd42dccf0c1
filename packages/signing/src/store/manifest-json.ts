import { CountersignError } from "@countersign/engine/values/error";
import { mediaTypes } from "@countersign/engine/values/manifest";
import { parseJson } from "@countersign/engine/values/strict-json";
import type { FetchedManifest } from "@countersign/engine/verify/ports";

/** A manifest of which only a list is read: what is written of the rest stays as it is. */
export type ManifestJson = Readonly<Record<string, unknown>>;

/**
 * Reads a manifest that is to be changed.
 * @param list - the member that is one, and is added to
 * @param place - for messages
 * @throws CountersignError REGISTRY_ANSWER_INVALID if it is something else, which is better left alone
 */
export function readManifestJson(
  { bytes, mediaType }: FetchedManifest,
  kind: "ociManifest" | "ociIndex",
  list: "layers" | "manifests",
  place: string,
): { readonly manifest: ManifestJson; readonly entries: readonly unknown[] } {
  if (mediaType !== mediaTypes[kind]) throw foreign(place, `its type is ${JSON.stringify(mediaType)}`);
  const manifest = parsed(bytes, place);
  const entries = manifest[list];
  if (!Array.isArray(entries)) throw foreign(place, `it has no ${list}`);
  return { manifest, entries };
}

/** @throws CountersignError REGISTRY_ANSWER_INVALID also where two readers could read two things */
function parsed(bytes: Uint8Array, place: string): ManifestJson {
  try {
    const { kind, ...top } = parseJson(bytes);
    const names = "members" in top ? top.members.map(([name]) => name) : [];
    if (kind !== "object" || new Set(names).size < names.length)
      throw foreign(place, "it is no plain object");
  } catch (caught) {
    throw foreign(place, CountersignError.from(caught).message);
  }
  return JSON.parse(Buffer.from(bytes).toString()) as ManifestJson;
}

function foreign(place: string, why: string): CountersignError {
  return new CountersignError(
    "REGISTRY_ANSWER_INVALID",
    `${place} is not what belongs there, so nothing is added to it: ${why}`,
  );
}

/** What an entry says under a name; undefined if that is no text. */
export function textIn(entry: unknown, name: string): string | undefined {
  const value: unknown = typeof entry === "object" && entry !== null ? Reflect.get(entry, name) : undefined;
  return typeof value === "string" ? value : undefined;
}
