import assert from "node:assert/strict";
import { type Digest, digestOf } from "@countersign/engine/values/digest";
import { mediaTypes } from "@countersign/engine/values/manifest";
import { parseReferrerIndex } from "@countersign/sources/attachments/referrer-index";
import { parseReferrer } from "@countersign/sources/attachments/referrer-manifest";
import { mutateJson } from "../mutate/json.ts";
import { reading } from "../outcome.ts";
import type { Target } from "../target.ts";

/**
 * Lists of what refers to an image, and the manifests that do: whoever may push to a repository writes both. A bundle is
 * only taken from a manifest that names the image as its subject.
 */
export function openTarget(): Target {
  return {
    seeds: [index, bundle, signatures].map((value) => Buffer.from(JSON.stringify(value))),
    mutate,
    check,
  };
}

const subject: Digest = digestOf(Buffer.from("the image"));
const blob: Digest = digestOf(Buffer.from("a bundle"));
const bundleType = "application/vnd.dev.sigstore.bundle.v0.3+json";
const signatureType = "application/vnd.dev.cosign.artifact.sig.v1+json";
const predicate = { "dev.sigstore.bundle.predicateType": "https://sigstore.dev/cosign/sign/v1" };

const index = {
  schemaVersion: 2,
  manifests: [
    {
      mediaType: mediaTypes.ociManifest,
      digest: blob,
      size: 1,
      artifactType: bundleType,
      annotations: predicate,
    },
  ],
};
const bundle = {
  schemaVersion: 2,
  artifactType: bundleType,
  config: { mediaType: "application/vnd.oci.empty.v1+json", digest: blob, size: 2 },
  layers: [{ mediaType: bundleType, digest: blob, size: 1 }],
  subject: { mediaType: mediaTypes.ociManifest, digest: subject, size: 1 },
  annotations: predicate,
};
const signatures = { ...bundle, artifactType: signatureType, layers: [], annotations: {} };

const mutate = mutateJson({
  names: [
    "manifests",
    "digest",
    "artifactType",
    "annotations",
    "layers",
    "subject",
    "config",
    "Subject",
    "mediaType",
  ],
  values: [subject, blob, bundleType, signatureType, "dev.sigstore.bundle.predicateType", "sha256:zz"],
});

const codes = ["JSON_INVALID", "MANIFEST_INVALID", "DIGEST_INVALID", "TOO_LARGE"] as const;

function check(input: Uint8Array): string {
  const listed = reading(codes, () => parseReferrerIndex(input));
  const manifest = { bytes: input, mediaType: mediaTypes.ociManifest };
  const referrer = reading(codes, () => parseReferrer(manifest, subject, "signatures"));
  if (referrer.type === "accepted" && referrer.value.type !== "other") {
    const written = JSON.stringify(JSON.parse(Buffer.from(input).toString()));
    assert.ok(written.includes(subject), "a referrer that does not name the image");
  }
  const index = listed.type === "refused" ? listed.outcome : `${Math.min(listed.value.entries.length, 3)}`;
  return `${index} ${referrer.type === "refused" ? referrer.outcome : referrer.value.type}`;
}
