import { type Digest, parseDigest } from "@countersign/engine/values/digest";
import { CountersignError } from "@countersign/engine/values/error";
import { quote } from "@countersign/engine/values/go-format";
import { looseMember } from "@countersign/engine/values/loose-member";
import { mediaTypes } from "@countersign/engine/values/manifest";
import { type Json, parseJson } from "@countersign/engine/values/strict-json";
import type { AttachmentQuery, FetchedManifest } from "@countersign/engine/verify/ports";
import { annotation, memberText, predicateTypeAnnotation } from "./referrer-index.ts";

/** What a manifest that refers to an image brings, as far as it matters to signatures. */
export type Referrer =
  | { readonly type: "bundle"; readonly layer: Digest }
  /** cosign's form of before bundles: layers as under the tag `.sig` */
  | { readonly type: "cosign signatures" }
  /** an SBOM, or an attestation where signatures are asked for */
  | { readonly type: "other" };

/** `application/vnd.dev.sigstore.bundle.v0.3+json`, and `…bundle+json;version=0.2` before it. */
const bundleTypes = /^application\/vnd\.dev\.sigstore\.bundle(?:\.v\d|\+json)/;
/** Source: cosign pkg/oci/remote, `cosign sign --registry-referrers-mode=oci-1-1`. */
const cosignSignatures = "application/vnd.dev.cosign.artifact.sig.v1+json";
const signPredicate = "https://sigstore.dev/cosign/sign/v1";

/**
 * Reads the manifest of a referrer. It has to name the subject itself: a list may say of any manifest that it is about
 * any other.
 * Source: cosign pkg/oci/remote, Bundle; OCI image specification 1.1, manifest.md.
 * @throws CountersignError JSON_INVALID or MANIFEST_INVALID for what is almost a signature's
 */
export function parseReferrer(
  { bytes, mediaType }: FetchedManifest,
  subject: Digest,
  kind: AttachmentQuery["kind"],
): Referrer {
  if (mediaType !== mediaTypes.ociManifest) return { type: "other" };
  const manifest = parseJson(bytes);
  const config = looseMember(manifest, "config");
  const artifactType = memberText(manifest, "artifactType");
  const types = [artifactType, config === undefined ? "" : memberText(config, "mediaType")];
  const layers = layersOf(manifest);
  const isBundle = [artifactType, ...layers.map(({ mediaType }) => mediaType)].some(isBundleType);
  const isSignatures = types.includes(cosignSignatures);
  if (!isBundle && !isSignatures) return { type: "other" };
  if (
    isSignatures ? kind !== "signatures" : isOfOtherKind(annotation(manifest, predicateTypeAnnotation), kind)
  ) {
    return { type: "other" };
  }
  requireSubject(manifest, subject);
  if (isSignatures) return { type: "cosign signatures" };
  const [only, ...others] = layers;
  if (only === undefined || others.length > 0) {
    throw invalid(`a bundle is a single layer, and there are ${layers.length}`);
  }
  if (!isBundleType(only.mediaType)) throw invalid(`its layer is no bundle, but ${quote(only.mediaType)}`);
  return { type: "bundle", layer: parseDigest(only.digest) };
}

/** Whether a list's word for a referrer leaves room for a signature: registries had several words for bundles. */
export function mayBeSignature(artifactType: string): boolean {
  return unspecific.has(artifactType) || isSignatureType(artifactType);
}

/** Whether a list calls it a bundle or cosign's signatures. */
export function isSignatureType(artifactType: string): boolean {
  return isBundleType(artifactType) || artifactType === cosignSignatures;
}

/**
 * Whether what is said of a bundle's statement makes it one that is not asked for. Nobody vouches for that word, and it
 * only spares us bundles that would not count: who signs for others to find says it right or not at all.
 */
export function isOfOtherKind(predicateType: string | undefined, kind: AttachmentQuery["kind"]): boolean {
  if (predicateType === undefined) return false;
  return (predicateType === signPredicate) !== (kind === "signatures");
}

/** What old lists say instead of an artifact type: the type of the config. */
const unspecific: ReadonlySet<string> = new Set([
  "",
  "application/vnd.oci.empty.v1+json",
  "application/vnd.oci.image.config.v1+json",
]);

function isBundleType(mediaType: string): boolean {
  return bundleTypes.test(mediaType);
}

function layersOf(manifest: Json): readonly { readonly mediaType: string; readonly digest: string }[] {
  const layers = looseMember(manifest, "layers");
  if (layers?.kind !== "array") return [];
  return layers.items.map((layer) => ({
    mediaType: memberText(layer, "mediaType"),
    digest: memberText(layer, "digest"),
  }));
}

function requireSubject(manifest: Json, subject: Digest): void {
  const member = looseMember(manifest, "subject");
  const named = member === undefined ? "" : memberText(member, "digest");
  if (named !== subject)
    throw invalid(`it is about ${named === "" ? "nothing" : quote(named)}, not this image`);
}

function invalid(message: string): CountersignError {
  return new CountersignError("MANIFEST_INVALID", message);
}
