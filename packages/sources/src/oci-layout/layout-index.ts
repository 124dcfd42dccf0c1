import { type Digest, parseDigest } from "@countersign/engine/values/digest";
import { CountersignError } from "@countersign/engine/values/error";
import { quote, quoteList } from "@countersign/engine/values/go-format";
import { goTypeFault } from "@countersign/engine/values/go-struct";
import type { LayoutEntry } from "@countersign/engine/values/located-image";
import { looseMember } from "@countersign/engine/values/loose-member";
import { mediaTypes } from "@countersign/engine/values/manifest";
import { ociLayoutStruct } from "@countersign/engine/values/oci-structs";
import { type Json, parseJson } from "@countersign/engine/values/strict-json";

/** What an image layout's index.json says of a manifest. */
export interface LayoutManifest {
  readonly mediaType: string;
  /** as written; {@link layoutDigest} checks it */
  readonly digest: string;
  /** org.opencontainers.image.ref.name */
  readonly name: string | undefined;
}

/**
 * Parses an image layout's index.json. The reference reads no further than to the end of the first JSON value; what
 * follows is refused here, and so is what is said twice: other readers may go by it.
 * Source: image-spec image-layout.md; containers/image oci/layout/oci_transport.go, parseIndex.
 * @throws CountersignError MANIFEST_INVALID, in Go's words
 */
export function parseLayoutIndex(bytes: Uint8Array): readonly LayoutManifest[] {
  const index = parse(bytes);
  const fault = goTypeFault(index, ociLayoutStruct);
  if (fault !== undefined) throw invalid(fault);
  const manifests = index.kind === "null" ? undefined : looseMember(index, "manifests");
  return manifests?.kind === "array" ? manifests.items.map(readDescriptor) : [];
}

function parse(bytes: Uint8Array): Json {
  try {
    return parseJson(bytes);
  } catch (error) {
    const { message } = CountersignError.from(error);
    if (message !== "unexpected end of JSON input") throw invalid(message);
    const isBlank = /^[ \t\r\n]*$/.test(Buffer.from(bytes).toString("latin1"));
    throw invalid(isBlank ? "EOF" : "unexpected EOF");
  }
}

function readDescriptor(descriptor: Json): LayoutManifest {
  if (descriptor.kind === "null") return { mediaType: "", digest: "", name: undefined };
  return {
    mediaType: text(looseMember(descriptor, "mediaType")),
    digest: text(looseMember(descriptor, "digest")),
    name: refName(looseMember(descriptor, "annotations")),
  };
}

/** The names of annotations are data: their case counts. */
function refName(annotations: Json | undefined): string | undefined {
  if (annotations?.kind !== "object") return undefined;
  const names = annotations.members.filter(([name]) => name === "org.opencontainers.image.ref.name");
  const [[, value] = [], another] = names;
  if (another !== undefined) {
    throw invalid(
      `rejecting ambiguous manifest, key "org.opencontainers.image.ref.name" occurs more than once`,
    );
  }
  return value === undefined ? undefined : text(value);
}

function text(value: Json | undefined): string {
  return value?.kind === "string" ? value.value : "";
}

const runnable: ReadonlySet<string> = new Set([
  mediaTypes.ociManifest,
  mediaTypes.ociIndex,
  mediaTypes.dockerManifest,
  mediaTypes.dockerList,
]);

/**
 * The manifest that an image's name means.
 * Source: containers/image oci/layout/oci_transport.go, getManifestDescriptor.
 * @throws CountersignError IMAGE_UNREADABLE, in the reference's words
 */
export function chooseManifest(manifests: readonly LayoutManifest[], entry: LayoutEntry): LayoutManifest {
  switch (entry.type) {
    case "only":
      return chooseOnly(manifests);
    case "named":
      return chooseNamed(manifests, entry.name);
    case "at":
      return chooseAt(manifests, entry.position);
  }
}

function chooseOnly([only, ...others]: readonly LayoutManifest[]): LayoutManifest {
  if (only !== undefined && others.length === 0) return only;
  throw notFound("more than one image in oci, choose an image");
}

function chooseNamed(manifests: readonly LayoutManifest[], name: string): LayoutManifest {
  const named = manifests.filter((manifest) => manifest.name === name);
  const chosen = named.find(({ mediaType }) => runnable.has(mediaType));
  if (chosen !== undefined) return chosen;
  if (named.length === 0) throw notFound(`no descriptor found for reference ${quote(name)}`);
  const types = quoteList(named.map(({ mediaType }) => mediaType));
  throw notFound(`reference ${quote(name)} matches unsupported manifest MIME types ${types}`);
}

function chooseAt(manifests: readonly LayoutManifest[], position: number): LayoutManifest {
  const chosen = manifests[position];
  if (chosen !== undefined) return chosen;
  throw notFound(`index ${position} is too large, only ${manifests.length} entries available`);
}

/** @throws CountersignError MANIFEST_INVALID if what the index says is no digest */
export function layoutDigest({ digest }: LayoutManifest): Digest {
  try {
    return parseDigest(digest);
  } catch (error) {
    throw invalid(`unexpected digest reference ${digest}: ${CountersignError.from(error).message}`);
  }
}

function invalid(message: string): CountersignError {
  return new CountersignError("MANIFEST_INVALID", message);
}

function notFound(message: string): CountersignError {
  return new CountersignError("IMAGE_UNREADABLE", message);
}
