import { join } from "node:path";
import { type Digest, digestAlgorithm, digestHex } from "@countersign/engine/values/digest";

/** Where an image layout has a blob. A {@link Digest} has nothing in it that leads elsewhere. */
export function blobPath(directory: string, digest: Digest): string {
  return join(directory, "blobs", digestAlgorithm(digest), digestHex(digest));
}
