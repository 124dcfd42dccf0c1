import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { digestHex, digestOf } from "@countersign/engine/values/digest";

/** What a `dir:` directory consists of. */
export interface DirectoryContent {
  readonly manifest: Uint8Array;
  /** of the image itself */
  readonly signatures?: readonly Uint8Array[];
  /** manifests that an index leads to, with theirs */
  readonly instances?: readonly DirectoryInstance[];
  /** configurations and layers */
  readonly blobs?: readonly Uint8Array[];
}

export interface DirectoryInstance {
  readonly manifest: Uint8Array;
  readonly signatures?: readonly Uint8Array[];
}

/** Writes an image and its signatures as `skopeo copy … dir:` does. */
export function writeDirectoryImage(directory: string, content: DirectoryContent): void {
  const { manifest, signatures = [], instances = [], blobs = [] } = content;
  const write = (name: string, bytes: string | Uint8Array) => writeFileSync(join(directory, name), bytes);
  const writeSignatures = (prefix: string, some: readonly Uint8Array[]) => {
    for (const [at, signature] of some.entries()) write(`${prefix}signature-${at + 1}`, signature);
  };
  mkdirSync(directory, { recursive: true });
  write("version", "Directory Transport Version: 1.1\n");
  write("manifest.json", manifest);
  writeSignatures("", signatures);
  for (const instance of instances) {
    const hex = digestHex(digestOf(instance.manifest));
    write(`${hex}.manifest.json`, instance.manifest);
    writeSignatures(`${hex}.`, instance.signatures ?? []);
  }
  for (const blob of blobs) write(digestHex(digestOf(blob)), blob);
}
