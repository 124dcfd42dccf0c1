import { type Digest, digestOf } from "@countersign/engine/values/digest";
import { CountersignError } from "@countersign/engine/values/error";
import { mediaTypes } from "@countersign/engine/values/manifest";
import type { FetchedManifest } from "@countersign/engine/verify/ports";
import { maxLayers } from "@countersign/sources/attachments/read-layers";
import type { RepositoryWriter } from "@countersign/sources/registry/repository-writer";
import type { Timing } from "@countersign/sources/timing";
import type { CosignLayer } from "../formats/cosign-layer.ts";
import { changeTag } from "./change-tag.ts";
import { readManifestJson, textIn } from "./manifest-json.ts";

/**
 * Adds layers to the `.sig` or `.att` manifest under a tag. Those that are there stay as they are, whoever brought them.
 * @throws CountersignError with a registry code, REGISTRY_CONFLICT or TOO_LARGE
 */
export async function attachLayers(
  repository: RepositoryWriter,
  tag: string,
  layers: readonly CosignLayer[],
  timing: Timing,
  signal: AbortSignal,
): Promise<void> {
  for (const { bytes } of layers) await repository.putBlob(bytes, signal);
  await addLayers(repository, tag, layers.map(descriptorOf), timing, signal);
}

/**
 * The same for layers whose blobs are there.
 * @param layers - descriptors, in JSON
 */
export async function addLayers(
  repository: RepositoryWriter,
  tag: string,
  layers: readonly unknown[],
  timing: Timing,
  signal: AbortSignal,
): Promise<boolean> {
  const place = `${repository.name}:${tag}`;
  return await changeTag(
    repository,
    tag,
    async (found) => {
      const { manifest, entries } =
        found === undefined
          ? { manifest: {}, entries: [] }
          : readManifestJson(found, "ociManifest", "layers", place);
      const missing = layers.filter((layer) => !entries.some((entry) => isSame(entry, layer)));
      if (missing.length === 0) return undefined;
      const all = [...entries, ...missing];
      if (all.length > maxLayers) {
        throw new CountersignError(
          "TOO_LARGE",
          `${place} has ${entries.length} layers, and what follows after ${maxLayers} is not read`,
        );
      }
      return await withConfig(repository, manifest, all, signal);
    },
    timing,
    signal,
  );
}

function descriptorOf({ mediaType, bytes, annotations }: CosignLayer) {
  return { mediaType, size: bytes.length, digest: digestOf(bytes), annotations };
}

/**
 * Whether it is the same payload with the same signature, certificate and log entry. The signature alone does not tell:
 * whoever may push could put it there without what vouches for it, and attestations have it in the payload.
 */
function isSame(a: unknown, b: unknown): boolean {
  return textIn(a, "digest") === textIn(b, "digest") && annotationsIn(a) === annotationsIn(b);
}

/** In one order. */
function annotationsIn(layer: unknown): string {
  const annotations: unknown =
    typeof layer === "object" && layer !== null ? Reflect.get(layer, "annotations") : undefined;
  return JSON.stringify(Object.entries(annotations ?? {}).sort(([one], [other]) => (one < other ? -1 : 1)));
}

/** An image's configuration, as cosign writes it: what names its layers, and else nothing. */
async function withConfig(
  repository: RepositoryWriter,
  manifest: Readonly<Record<string, unknown>>,
  layers: readonly unknown[],
  signal: AbortSignal,
): Promise<FetchedManifest> {
  const never = "0001-01-01T00:00:00Z";
  const config = Buffer.from(
    JSON.stringify({
      architecture: "",
      created: never,
      history: layers.map(() => ({ created: never })),
      os: "",
      rootfs: { type: "layers", diff_ids: layers.map((layer) => textIn(layer, "digest") ?? "") },
      config: {},
    }),
  );
  const digest: Digest = await repository.putBlob(config, signal);
  const mediaType = mediaTypes.ociManifest;
  const written = {
    ...manifest,
    schemaVersion: 2,
    mediaType,
    config: { mediaType: "application/vnd.oci.image.config.v1+json", size: config.length, digest },
    layers,
  };
  return { mediaType, bytes: Buffer.from(JSON.stringify(written)) };
}
