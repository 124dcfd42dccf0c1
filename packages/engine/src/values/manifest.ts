import { CountersignError } from "./error.ts";
import { goInt, goList, goString, goStruct, goTypeFault } from "./go-struct.ts";
import { looseMember } from "./loose-member.ts";
import { ociDescriptorStruct } from "./oci-structs.ts";
import { type Json, parseJson } from "./strict-json.ts";

/** The kinds of manifest that container registries serve. */
export const mediaTypes = {
  ociManifest: "application/vnd.oci.image.manifest.v1+json",
  ociIndex: "application/vnd.oci.image.index.v1+json",
  dockerManifest: "application/vnd.docker.distribution.manifest.v2+json",
  dockerList: "application/vnd.docker.distribution.manifest.list.v2+json",
  schema1: "application/vnd.docker.distribution.manifest.v1+json",
  schema1Signed: "application/vnd.docker.distribution.manifest.v1+prettyjws",
} as const;

const ociConfig = "application/vnd.oci.image.config.v1+json";
const dockerConfig = "application/vnd.docker.container.image.v1+json";

/** What a machine runs, in the words of Go and OCI: `linux`, `arm64`, `v8`; the variant is `""` for none. */
export interface Platform {
  readonly os: string;
  readonly architecture: string;
  readonly variant: string;
}

/** An index leads to a manifest per platform; all else, known or not, is taken for one image. */
export type ManifestKind = "ociIndex" | "dockerList" | "image";

/**
 * What a manifest is, by the media type it was served with and by nothing else: two readers may take different things
 * from the same content.
 * Source: containers/image manifest/manifest.go, MIMETypeIsMultiImage.
 */
export function manifestKind(mediaType: string): ManifestKind {
  switch (mediaType) {
    case mediaTypes.ociIndex:
      return "ociIndex";
    case mediaTypes.dockerList:
      return "dockerList";
    default:
      return "image";
  }
}

/**
 * The media type of a manifest, guessed from its content; `""` if it is none that is known. A manifest that says a
 * thing twice, in whatever case, is unknown: readers would differ about it.
 * Source: containers/image internal/manifest/manifest.go, GuessMIMEType.
 */
export function guessMediaType(bytes: Uint8Array): string {
  try {
    return describedMediaType(bytes);
  } catch (error) {
    if (error instanceof CountersignError) return "";
    throw error;
  }
}

/**
 * The same, for manifests that nobody said the type of: whether one is an image or leads to images depends on the guess
 * alone, and so one over which readers would differ is refused.
 * @throws CountersignError MANIFEST_INVALID
 */
export function describedMediaType(bytes: Uint8Array): string {
  const manifest = parseOrUndefined(bytes);
  if (manifest?.kind !== "object" || goTypeFault(manifest, versioned) !== undefined) return "";
  const declared = text(looseMember(manifest, "mediaType"));
  const version = looseMember(manifest, "schemaVersion");
  const signatures = looseMember(manifest, "signatures");
  if (selfDescribing.has(declared)) return declared;
  switch (version?.kind === "number" ? version.text : "") {
    case "1":
      return signatures === undefined ? mediaTypes.schema1 : mediaTypes.schema1Signed;
    case "2":
      return guessVersion2(manifest);
    default:
      return "";
  }
}

/** What is looked at. One member of another type, and nothing is known. */
const versioned = goStruct("", { mediaType: goString, schemaVersion: goInt });
const configured = goStruct("", { config: goStruct("", { mediaType: goString }) });
const listed = goStruct("", { manifests: goList(ociDescriptorStruct) });

const selfDescribing: ReadonlySet<string> = new Set([
  mediaTypes.ociManifest,
  mediaTypes.ociIndex,
  mediaTypes.dockerManifest,
  mediaTypes.dockerList,
]);

/** Before image-spec 1.0.2 an OCI manifest need not say what it is. */
function guessVersion2(manifest: Json): string {
  if (goTypeFault(manifest, configured) !== undefined) return "";
  const config = looseMember(manifest, "config");
  const configType = config === undefined ? "" : text(looseMember(config, "mediaType"));
  if (configType === ociConfig) return mediaTypes.ociManifest;
  if (configType === dockerConfig) return mediaTypes.dockerManifest;
  if (goTypeFault(manifest, listed) !== undefined) return "";
  const manifests = looseMember(manifest, "manifests");
  if (manifests?.kind !== "array" || manifests.items.length === 0) return mediaTypes.ociManifest;
  return configType === "" ? mediaTypes.ociIndex : configType;
}

function text(value: Json | undefined): string {
  return value?.kind === "string" ? value.value : "";
}

function parseOrUndefined(bytes: Uint8Array): Json | undefined {
  try {
    return parseJson(bytes);
  } catch (error) {
    if (error instanceof CountersignError) return undefined;
    throw error;
  }
}
