import { type Digest, parseDigest } from "./digest.ts";
import { CountersignError } from "./error.ts";
import { goSyntaxList, quote } from "./go-format.ts";
import { goTypeFault } from "./go-struct.ts";
import { looseMember } from "./loose-member.ts";
import { type ManifestKind, mediaTypes, type Platform } from "./manifest.ts";
import { dockerListStruct, ociIndexStruct } from "./oci-structs.ts";
import { type Json, parseJson } from "./strict-json.ts";

/** An OCI image index or a Docker manifest list: a manifest for each platform. */
export interface ImageIndex {
  readonly kind: IndexKind;
  readonly instances: readonly IndexInstance[];
}

export type IndexKind = Exclude<ManifestKind, "image">;

export interface IndexInstance {
  /** as written; {@link instanceDigest} checks it */
  readonly digest: string;
  /** undefined if the index does not say; it then suits every platform, if nothing else does */
  readonly platform: Platform | undefined;
  /** marked as compressed with zstd; preferred among equals */
  readonly isZstd: boolean;
}

/**
 * Parses an index. Only what choosing needs is read; what else it says is not looked at. The caller bounds the size.
 * Source: containers/image internal/manifest/{oci_index,docker_schema2_list,common}.go.
 * @throws CountersignError MANIFEST_INVALID
 */
export function parseIndex(bytes: Uint8Array, kind: IndexKind): ImageIndex {
  const index = parseObject(bytes, kind);
  if (index.kind === "null") return { kind, instances: [] };
  refuseAmbiguous(index, kind);
  const manifests = looseMember(index, "manifests");
  if (manifests?.kind !== "array") return { kind, instances: [] };
  return { kind, instances: manifests.items.map((descriptor) => readInstance(descriptor, kind)) };
}

/** What the reference can read: one member of another type than it knows, and it reads nothing. */
function parseObject(bytes: Uint8Array, kind: IndexKind): Json {
  const index = parseSyntax(bytes, kind);
  const fault = goTypeFault(index, kind === "ociIndex" ? ociIndexStruct : dockerListStruct);
  if (fault !== undefined) throw invalid(kind, fault);
  return index;
}

function parseSyntax(bytes: Uint8Array, kind: IndexKind): Json {
  try {
    return parseJson(bytes);
  } catch (error) {
    throw invalid(kind, CountersignError.from(error).message);
  }
}

/** What has the parts of an image too could be read as one: by whom, the server of the bytes would decide. */
function refuseAmbiguous(index: Json, kind: IndexKind): void {
  const parts = ["config", "fsLayers", "history", "layers"];
  const unexpected = parts.filter((part) => looseMember(index, part) !== undefined);
  if (unexpected.length === 0) return;
  throw new CountersignError(
    "MANIFEST_INVALID",
    `rejecting ambiguous manifest, unexpected fields ${goSyntaxList(unexpected)} in supposedly ${mediaTypes[kind]}`,
  );
}

function readInstance(descriptor: Json, kind: IndexKind): IndexInstance {
  if (descriptor.kind === "null") return { digest: "", platform: undefined, isZstd: false };
  const platform = looseMember(descriptor, "platform");
  return {
    digest: readText(descriptor, "digest"),
    platform: platform === undefined ? undefined : readPlatform(platform),
    isZstd: isZstd(descriptor, kind),
  };
}

function readPlatform(platform: Json): Platform {
  return {
    os: readText(platform, "os"),
    architecture: readText(platform, "architecture"),
    variant: readText(platform, "variant"),
  };
}

/** Annotation names are data: their case counts, and each may come once. */
function isZstd(descriptor: Json, kind: IndexKind): boolean {
  const annotations = looseMember(descriptor, "annotations");
  if (annotations?.kind !== "object") return false;
  const values = annotations.members.filter(([name]) => name === "io.github.containers.compression.zstd");
  if (values.length > 1) throw invalid(kind, "an annotation occurs more than once");
  const [[, value] = []] = values;
  return value?.kind === "string" && value.value === "true";
}

function readText(json: Json, name: string): string {
  const value = looseMember(json, name);
  return value?.kind === "string" ? value.value : "";
}

/**
 * The manifest that a machine of this platform runs.
 * @throws CountersignError PLATFORM_NOT_FOUND, as containers/image words it
 */
export function chooseInstance(index: ImageIndex, platform: Platform): IndexInstance {
  const wanted = wantedPlatforms(platform);
  const chosen = index.kind === "ociIndex" ? chooseOci(index, wanted) : chooseDocker(index, wanted);
  if (chosen === undefined) throw notFound(index.kind, wanted[0]);
  return chosen;
}

/**
 * The digest of a chosen instance.
 * @throws CountersignError MANIFEST_INVALID if what is written is none
 */
export function instanceDigest({ digest }: IndexInstance): Digest {
  try {
    return parseDigest(digest);
  } catch (error) {
    throw new CountersignError("MANIFEST_INVALID", CountersignError.from(error).message);
  }
}

function chooseDocker(index: ImageIndex, wanted: readonly Platform[]): IndexInstance | undefined {
  for (const platform of wanted) {
    const match = index.instances.find((instance) => isSamePlatform(instance.platform, platform));
    if (match !== undefined) return match;
  }
  return undefined;
}

/** The best platform first, one without platform last; among equals zstd, then the first. */
function chooseOci(index: ImageIndex, wanted: readonly Platform[]): IndexInstance | undefined {
  const ranked = index.instances.map((instance) => ({ instance, rank: rankOf(instance, wanted) }));
  const suitable = ranked.filter(({ rank }) => rank !== -1);
  suitable.sort((a, b) => a.rank - b.rank || Number(b.instance.isZstd) - Number(a.instance.isZstd));
  return suitable[0]?.instance;
}

function rankOf(instance: IndexInstance, wanted: readonly Platform[]): number {
  if (instance.platform === undefined) return wanted.length;
  return wanted.findIndex((platform) => isSamePlatform(instance.platform, platform));
}

function isSamePlatform(a: Platform | undefined, b: Platform): boolean {
  return a?.os === b.os && a.architecture === b.architecture && a.variant === b.variant;
}

/** From most to least capable; each runs what those after it run. */
const variantsOf: ReadonlyMap<string, readonly string[]> = new Map([
  ["arm", ["v8", "v7", "v6", "v5"]],
  ["arm64", ["v8"]],
]);

/**
 * Every platform whose images run on this one, the best first.
 * Source: containers/image internal/pkg/platform/platform_matcher.go, WantedPlatforms.
 */
function wantedPlatforms(platform: Platform): readonly [Platform, ...Platform[]] {
  const { os, architecture, variant } = platform;
  const known = variantsOf.get(architecture) ?? [];
  if (variant === "") return [platform, ...known.map((each) => ({ os, architecture, variant: each }))];
  const lesser = known.includes(variant) ? known.slice(known.indexOf(variant) + 1) : [];
  return [platform, ...[...lesser, ""].map((each) => ({ os, architecture, variant: each }))];
}

function notFound(kind: IndexKind, { os, architecture, variant }: Platform): CountersignError {
  const where = kind === "ociIndex" ? "image index" : "manifest list";
  return new CountersignError(
    "PLATFORM_NOT_FOUND",
    `no image found in ${where} for architecture ${quote(architecture)}, variant ${quote(variant)}, OS ${quote(os)}`,
  );
}

function invalid(kind: IndexKind, why: string): CountersignError {
  const what = kind === "ociIndex" ? "OCI1Index" : "Schema2List";
  return new CountersignError("MANIFEST_INVALID", `unmarshaling ${what}: ${why}`);
}
