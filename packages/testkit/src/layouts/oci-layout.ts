import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { digestHex, digestOf } from "@countersign/engine/values/digest";
import type { FetchedManifest } from "@countersign/engine/verify/ports";

/** What an OCI image layout consists of. */
export interface LayoutContent {
  /** what index.json lists, under a name or without one */
  readonly entries: readonly (readonly [name: string | undefined, manifest: FetchedManifest])[];
  /** whatever these lead to: instances, configurations, layers */
  readonly blobs?: readonly Uint8Array[];
}

/** Writes images as `skopeo copy … oci:` does. */
export function writeOciLayout(directory: string, { entries, blobs = [] }: LayoutContent): void {
  const sha256 = join(directory, "blobs", "sha256");
  mkdirSync(sha256, { recursive: true });
  const manifests = entries.map(([name, { bytes, mediaType }]) => ({
    mediaType,
    digest: digestOf(bytes),
    size: bytes.length,
    annotations: name === undefined ? undefined : { "org.opencontainers.image.ref.name": name },
  }));
  writeFileSync(join(directory, "oci-layout"), `{"imageLayoutVersion":"1.0.0"}`);
  writeFileSync(join(directory, "index.json"), JSON.stringify({ schemaVersion: 2, manifests }));
  for (const bytes of [...entries.map(([, manifest]) => manifest.bytes), ...blobs]) {
    writeFileSync(join(sha256, digestHex(digestOf(bytes))), bytes);
  }
}
