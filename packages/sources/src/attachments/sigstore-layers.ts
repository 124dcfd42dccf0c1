import { type Digest, parseDigest } from "@countersign/engine/values/digest";
import { CountersignError } from "@countersign/engine/values/error";
import { goField, goFill } from "@countersign/engine/values/go-fill";
import { quote } from "@countersign/engine/values/go-format";
import { foldName } from "@countersign/engine/values/json-names";
import { mediaTypes } from "@countersign/engine/values/manifest";
import { ociManifestStruct } from "@countersign/engine/values/oci-structs";
import { type Json, parseJson } from "@countersign/engine/values/strict-json";
import { quoteShort } from "@countersign/engine/values/strict-object";

/** A layer of a manifest by which cosign attaches something: one signature or attestation. */
export interface SigstoreLayer {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly annotations: ReadonlyMap<string, string>;
}

/**
 * As lenient as Go's decoder where the reference is: one member of a wrong type spoils the whole manifest.
 * Descriptors' own addresses (`urls`) would let whoever pushes to a repository have the node ask any address. The
 * reference follows them, so such a layer is refused.
 * Source: containers/image docker/docker_image_src.go, appendSignaturesFromSigstoreAttachments.
 * @param place - what has the manifest, for messages
 * @throws CountersignError REGISTRY_ANSWER_INVALID
 */
export function parseSigstoreLayers(bytes: Uint8Array, place: string): readonly SigstoreLayer[] {
  const written = parsing(place, () => parseJson(bytes));
  const manifest = parsing(place, () => goFill(written, ociManifestStruct));
  const ambiguous = ["fsLayers", "history", "manifests"].filter((name) => isWritten(written, name));
  if (ambiguous.length > 0) {
    const names = ambiguous.map(quote).join(", ");
    throw invalid(
      `parsing manifest ${place}: rejecting ambiguous manifest, unexpected fields []string{${names}} in supposedly ${mediaTypes.ociManifest}`,
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

function readLayer(layer: Json): SigstoreLayer {
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
    throw invalid(`invalid digest ${quoteShort(text)}: ${CountersignError.from(error).message}`);
  }
}

/** Types were checked before: what is no text is null or absent, and empty for Go. */
function textOf(value: Json | undefined): string {
  return value?.kind === "string" ? value.value : "";
}

function invalid(message: string): CountersignError {
  return new CountersignError("REGISTRY_ANSWER_INVALID", message);
}
