import assert from "node:assert/strict";
import { type Digest, digestOf } from "@countersign/engine/values/digest";
import { mediaTypes } from "@countersign/engine/values/manifest";
import {
  type AttachmentReader,
  readSigstoreAttachments,
} from "@countersign/sources/registry/sigstore-attachments";
import { cosignSignatureType } from "@countersign/testkit/signing-kit/cosign-signature";
import { mutateJson } from "../mutate/json.ts";
import { readingAsync } from "../outcome.ts";
import type { Target } from "../target.ts";

/**
 * The manifest to which cosign attaches signatures. Only blobs that it names are fetched, no more often and no more of
 * them than is allowed, and each attachment's payload is the blob of its own layer.
 */
export function openTarget(): Target {
  return { seeds: [seed([]), seed([layer(0)]), seed([layer(0), layer(1), layer(0)])], mutate, check };
}

const blobs = ["one", "two"].map((text) => Buffer.from(text));
const digests = blobs.map((blob) => digestOf(blob)) as [Digest, Digest];

function layer(blob: 0 | 1): object {
  return {
    mediaType: cosignSignatureType,
    digest: digests[blob],
    size: 3,
    annotations: { "dev.cosignproject.cosign/signature": "c2ln" },
  };
}

function seed(layers: readonly object[]): Uint8Array {
  const config = { mediaType: "application/vnd.oci.image.config.v1+json", digest: digests[0], size: 3 };
  return Buffer.from(
    JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.ociManifest, config, layers, annotations: {} }),
  );
}

const mutate = mutateJson({
  names: [
    ...([
      "schemaVersion",
      "mediaType",
      "config",
      "layers",
      "digest",
      "size",
      "annotations",
      "urls",
      "data",
    ] as const),
    ...["Layers", "manifests", "fsLayers", "history", "artifactType", "subject", "platform"],
  ],
  values: [
    ...(["dev.cosignproject.cosign/signature", cosignSignatureType, ...digests] as const),
    ...["https://evil.example/blob", "HTTP://x", "ftp://x", `sha512:${"a".repeat(128)}`, "sha256:zz"],
  ],
});

const codes = ["REGISTRY_ANSWER_INVALID", "TOO_LARGE", "JSON_INVALID", "REGISTRY_NOT_FOUND"] as const;

async function check(input: Uint8Array): Promise<string> {
  const fetched: Digest[] = [];
  const reader: AttachmentReader = {
    name: "registry.example/app",
    findManifest: async () => ({ bytes: input, mediaType: mediaTypes.ociManifest }),
    async blob(digest) {
      fetched.push(digest);
      return blobs[digests.indexOf(digest as (typeof digests)[0])] ?? Buffer.from(digest);
    },
  };
  const signal = new AbortController().signal;
  const read = await readingAsync(codes, () => readSigstoreAttachments(reader, digests[0], signal));
  assert.equal(new Set(fetched).size, fetched.length, "a blob was fetched twice");
  assert.ok(fetched.length <= 1000, "too many blobs were fetched");
  if (read.type === "refused") return read.outcome;
  for (const { payload, annotations } of read.value) {
    assert.ok(
      fetched.some((digest) => Buffer.from(payload).equals(blobOf(digest))),
      "a payload of no layer",
    );
    for (const value of annotations.values()) assert.equal(typeof value, "string");
  }
  const types = new Set(read.value.map(({ mediaType }) => mediaType === cosignSignatureType));
  return `accepted ${Math.min(read.value.length, 4)} ${[...types]} ${fetched.length}`;
}

function blobOf(digest: Digest): Uint8Array {
  return blobs[digests.indexOf(digest)] ?? Buffer.from(digest);
}
