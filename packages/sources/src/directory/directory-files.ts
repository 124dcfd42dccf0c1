import { join } from "node:path";
import { type Digest, digestAlgorithm, digestHex } from "@countersign/engine/values/digest";

/**
 * Where the parts of an image are in the directory of a `dir:` image. What belongs to a manifest other than the image's
 * own is named after its digest: a {@link Digest} has nothing in it that leads elsewhere.
 * Source: containers/image directory/directory_transport.go.
 */
export interface DirectoryFiles {
  readonly version: string;
  /** @param of - undefined: the image's own */
  manifest(of: Digest | undefined): string;
  /** @param number - from 1 */
  signature(of: Digest | undefined, number: number): string;
}

export function directoryFiles(directory: string): DirectoryFiles {
  return {
    version: join(directory, "version"),
    manifest: (of) => join(directory, `${prefix(of)}manifest.json`),
    signature: (of, number) => join(directory, `${prefix(of)}signature-${number}`),
  };
}

function prefix(of: Digest | undefined): string {
  if (of === undefined) return "";
  const algorithm = digestAlgorithm(of);
  return `${algorithm === "sha256" ? "" : `${algorithm}-`}${digestHex(of)}.`;
}
