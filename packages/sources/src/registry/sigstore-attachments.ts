import { type Digest, parseDigest } from "@countersign/engine/values/digest";
import { CountersignError } from "@countersign/engine/values/error";
import { goField, goFill } from "@countersign/engine/values/go-fill";
import { quote } from "@countersign/engine/values/go-format";
import { foldName } from "@countersign/engine/values/json-names";
import { ociManifestStruct } from "@countersign/engine/values/oci-structs";
import { type Json, parseJson } from "@countersign/engine/values/strict-json";
import type { SigstoreAttachment } from "@countersign/engine/verify/ports";
import type { RepositoryReader } from "./repository-reader.ts";

const ociManifest = "application/vnd.oci.image.manifest.v1+json";
const maxPayloadSize = 4 * 1024 * 1024;
/** As many as cosign reads; without a limit one manifest could ask for forty thousand blobs of 4 MiB. */
const maxLayers = 1000;
const maxTotalSize = 32 * 1024 * 1024;

/** A repository, as far as attachments need it. */
export type AttachmentReader = Pick<RepositoryReader, "name" | "findManifest" | "blob">;

/**
 * Everything cosign attached to a manifest under the tag `sha256-<hex>.sig`: signatures and whatever else is
 * there, in the order of the layers. No such tag is no attachments; anything else that goes wrong is an error.
 * Descriptors' sizes are not believed, and their own addresses (`urls`) not followed: they would let whoever pushes to
 * a repository have the node ask any address. The reference follows them, so such a layer is refused.
 * Source: containers/image docker/docker_image_src.go, appendSignaturesFromSigstoreAttachments.
 * @throws CountersignError with a registry code, REGISTRY_ANSWER_INVALID or TOO_LARGE
 */
export async function readSigstoreAttachments(
  reader: AttachmentReader,
  manifest: Digest,
  signal: AbortSignal,
): Promise<readonly SigstoreAttachment[]> {
  const tag = attachmentTag(manifest);
  const place = `${reader.name}:${tag}`;
  const found = await reader.findManifest(tag, signal);
  if (found === undefined) return [];
  if (found.mediaType !== ociManifest) {
    throw invalid(
      `unexpected MIME type for sigstore attachment manifest ${place}: ${quote(found.mediaType)}`,
    );
  }
  const layers = parseLayers(found.bytes, place);
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
 * The tag under which cosign keeps what belongs to a manifest.
 * @throws CountersignError REFERENCE_INVALID for a sha512 digest: the tag would be too long for any registry
 */
export function attachmentTag(digest: Digest): string {
  const tag = `${digest.replace(":", "-")}.sig`;
  if (tag.length > 128) throw new CountersignError("REFERENCE_INVALID", "invalid tag format");
  return tag;
}

interface Layer {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly annotations: ReadonlyMap<string, string>;
}

/**
 * Several signatures often share one payload: it is fetched once. It counts for each of them, because it is hashed for
 * each: a thousand layers over one large blob would keep the judge busy for seconds.
 */
async function fetchPayloads(
  reader: AttachmentReader,
  place: string,
  layers: readonly Layer[],
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

/** As lenient as Go's decoder where the reference is: one member of a wrong type spoils the whole manifest. */
function parseLayers(bytes: Uint8Array, place: string): readonly Layer[] {
  const written = parsing(place, () => parseJson(bytes));
  const manifest = parsing(place, () => goFill(written, ociManifestStruct));
  const ambiguous = ["fsLayers", "history", "manifests"].filter((name) => isWritten(written, name));
  if (ambiguous.length > 0) {
    const names = ambiguous.map(quote).join(", ");
    throw invalid(
      `parsing manifest ${place}: rejecting ambiguous manifest, unexpected fields []string{${names}} in supposedly ${ociManifest}`,
    );
  }
  const layers = goField(manifest, "layers");
  return layers?.kind === "array" ? layers.items.map(readLayer) : [];
}

function parsing<T>(place: string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    throw invalid(`parsing manifest ${place}: ${CountersignError.from(error).message}`);
  }
}

/** Whether what is written last under a name, in any case, is something. */
function isWritten(json: Json, name: string): boolean {
  if (json.kind !== "object") return false;
  const last = json.members.findLast(([key]) => foldName(key) === foldName(name));
  return last !== undefined && last[1].kind !== "null";
}

function readLayer(layer: Json): Layer {
  const urls = goField(layer, "urls");
  if (urls?.kind === "array" && urls.items.some(isWebAddress)) {
    throw invalid("fetching blob: a layer that is kept elsewhere (urls) is not fetched");
  }
  const annotations = goField(layer, "annotations");
  const members = annotations?.kind === "object" ? annotations.members : [];
  return {
    mediaType: textOf(goField(layer, "mediaType")),
    digest: checkedDigest(textOf(goField(layer, "digest"))),
    annotations: new Map(members.map(([name, value]) => [name, textOf(value)])),
  };
}

function isWebAddress(url: Json): boolean {
  return /^https?:/i.test(textOf(url));
}

function checkedDigest(text: string): Digest {
  try {
    return parseDigest(text);
  } catch (error) {
    throw invalid(`invalid digest ${quote(text)}: ${CountersignError.from(error).message}`);
  }
}

/** Types were checked before: what is no text is null or absent, and empty for Go. */
function textOf(value: Json | undefined): string {
  return value?.kind === "string" ? value.value : "";
}

function invalid(message: string): CountersignError {
  return new CountersignError("REGISTRY_ANSWER_INVALID", message);
}

function tooLarge(message: string): CountersignError {
  return new CountersignError("TOO_LARGE", message);
}
