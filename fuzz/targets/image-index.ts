import assert from "node:assert/strict";
import { isUtf8 } from "node:buffer";
import {
  chooseInstance,
  type IndexInstance,
  instanceDigest,
  parseIndex,
} from "@countersign/engine/values/image-index";
import { guessMediaType, mediaTypes } from "@countersign/engine/values/manifest";
import { manifestDigest } from "@countersign/engine/values/manifest-digest";
import { mutateJson } from "../mutate/json.ts";
import { reading } from "../outcome.ts";
import type { Target } from "../target.ts";

/**
 * A manifest as a registry serves it: an index, a list, an image, one of schema 1. Whatever platform is wanted, what is
 * chosen is one of those in the index, and the digest is what the text says or not to be had.
 */
export function openTarget(): Target {
  return { seeds: seeds.map((seed) => Buffer.from(JSON.stringify(seed))), mutate, check };
}

const digests = ["a", "b", "c"].map((letter) => `sha256:${letter.repeat(64)}`);
const platforms = [
  { os: "linux", architecture: "amd64" },
  { os: "linux", architecture: "arm64", variant: "v8" },
  { os: "linux", architecture: "arm", variant: "v7", "os.version": "10", "os.features": ["x"] },
  undefined,
  { os: "unknown", architecture: "unknown" },
];
const manifests = platforms.map((platform, at) => ({
  mediaType: mediaTypes.ociManifest,
  digest: digests[at % digests.length],
  size: 7,
  platform,
  annotations: { "io.github.containers.compression.zstd": "true" },
}));
const encoded = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
const seeds: readonly object[] = [
  {
    schemaVersion: 2,
    mediaType: mediaTypes.ociIndex,
    manifests,
    annotations: { a: "b" },
    artifactType: "x/y",
  },
  {
    schemaVersion: 2,
    mediaType: mediaTypes.dockerList,
    manifests: manifests.map(({ annotations, ...all }) => all),
  },
  {
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    config: { digest: digests[0], size: 1 },
    layers: [],
  },
  {
    ...{ schemaVersion: 1, name: "a", tag: "b", fsLayers: [], history: [] },
    signatures: [{ protected: encoded({ formatLength: 40, formatTail: "fQ" }), signature: "x", header: {} }],
  },
];

const mutate = mutateJson({
  names: [
    ...([
      "schemaVersion",
      "mediaType",
      "manifests",
      "digest",
      "size",
      "platform",
      "os",
      "architecture",
    ] as const),
    ...[
      "variant",
      "os.version",
      "os.features",
      "features",
      "annotations",
      "urls",
      "data",
      "artifactType",
      "subject",
    ],
    ...["config", "layers", "fsLayers", "history", "signatures", "protected", "formatLength", "formatTail"],
    "io.github.containers.compression.zstd",
  ],
  values: [
    ...(["linux", "amd64", "arm64", "arm", "v8", "v7", "v6", "unknown", "", "true", "windows"] as const),
    ...Object.values(mediaTypes),
    ...digests,
    ...[`sha512:${"a".repeat(128)}`, "sha256:", "md5:0", `sha256:${"A".repeat(64)}`],
    ...[encoded({ formatLength: 0, formatTail: "e30" }), encoded({ formatLength: 1e9, formatTail: "" })],
  ],
});

const wanted = [
  { os: "linux", architecture: "amd64", variant: "" },
  { os: "linux", architecture: "arm64", variant: "" },
  { os: "linux", architecture: "arm", variant: "v7" },
];

function check(input: Uint8Array): string {
  const parts = [guessMediaType(input).replace(/.*\./, "")];
  const digest = reading(["MANIFEST_INVALID"], () => manifestDigest(input));
  parts.push(digest.type === "accepted" ? "" : digest.outcome);
  for (const kind of ["ociIndex", "dockerList"] as const) {
    const index = reading(["MANIFEST_INVALID"], () => parseIndex(input, kind));
    if (index.type === "refused") {
      parts.push(index.outcome);
      continue;
    }
    if (isUtf8(input)) JSON.parse(Buffer.from(input).toString());
    for (const platform of wanted) {
      const chosen = reading(
        ["PLATFORM_NOT_FOUND"],
        (): IndexInstance => chooseInstance(index.value, platform),
      );
      if (chosen.type === "refused") continue;
      assert.ok(index.value.instances.includes(chosen.value));
      assert.equal(chosen.value.platform?.os ?? platform.os, platform.os);
      const instance = reading(["MANIFEST_INVALID"], () => instanceDigest(chosen.value));
      parts.push(
        instance.type === "accepted"
          ? `chosen ${index.value.instances.indexOf(chosen.value)}`
          : instance.outcome,
      );
    }
  }
  return parts.join("; ");
}
