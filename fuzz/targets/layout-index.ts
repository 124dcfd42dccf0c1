import assert from "node:assert/strict";
import { isUtf8 } from "node:buffer";
import { mediaTypes } from "@countersign/engine/values/manifest";
import { chooseManifest, layoutDigest, parseLayoutIndex } from "@countersign/sources/oci-layout/layout-index";
import { mutateJson } from "../mutate/json.ts";
import { reading } from "../outcome.ts";
import type { Target } from "../target.ts";

/**
 * An image layout's index.json as it lies in a directory. What is chosen is one of its manifests and has the name that
 * was asked for, and where it leads is below the directory of blobs.
 */
export function openTarget(): Target {
  return { seeds: seeds.map((seed) => Buffer.from(JSON.stringify(seed))), mutate, check };
}

const refName = "org.opencontainers.image.ref.name";
const digests = ["a", "b"].map((letter) => `sha256:${letter.repeat(64)}`);
const manifests = ["v1", "v2", "v1", undefined].map((name, at) => ({
  mediaType: [mediaTypes.ociManifest, mediaTypes.ociIndex, "text/plain", ""][at],
  digest: digests[at % digests.length],
  size: 7,
  annotations: name === undefined ? undefined : { [refName]: name },
}));
const seeds: readonly object[] = [
  { schemaVersion: 2, manifests },
  { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: manifests.slice(0, 1), annotations: {} },
];

const mutate = mutateJson({
  names: ["manifests", "mediaType", "digest", "size", "annotations", "platform", "schemaVersion", refName],
  values: [
    ...(["v1", "v2", "", "../index.json"] as const),
    ...Object.values(mediaTypes),
    ...[...digests, `sha512:${"a".repeat(128)}`, "sha256:../../x", "md5:0", `sha256:${"A".repeat(64)}`],
  ],
});

const entries = [
  { type: "only" },
  { type: "named", name: "v1" },
  { type: "named", name: "" },
  { type: "at", position: 1 },
] as const;

function check(input: Uint8Array): string {
  const index = reading(["MANIFEST_INVALID"], () => parseLayoutIndex(input));
  if (index.type === "refused") return index.outcome;
  if (isUtf8(input)) JSON.parse(Buffer.from(input).toString());
  const parts = entries.map((entry) => {
    const chosen = reading(["IMAGE_UNREADABLE"], () => chooseManifest(index.value, entry));
    if (chosen.type === "refused") return chosen.outcome;
    assert.ok(index.value.includes(chosen.value));
    if (entry.type === "named") assert.equal(chosen.value.name, entry.name);
    const digest = reading(["MANIFEST_INVALID"], () => layoutDigest(chosen.value));
    if (digest.type === "refused") return digest.outcome;
    assert.match(digest.value, /^[a-z0-9]+:[a-f0-9]+$/);
    return `chosen ${index.value.indexOf(chosen.value)}`;
  });
  return parts.join(", ");
}
