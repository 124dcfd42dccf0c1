import { gzipSync } from "node:zlib";
import { tarOf } from "../registry/tar.ts";

/** The `mirrorFS` of a TrustRoot, as policy-controller's tool writes it. @param files path below the repository → content */
export function archiveOf(files: ReadonlyMap<string, Uint8Array>, prefix = "repository/"): Uint8Array {
  return gzipSync(tarOf(Object.fromEntries([...files].map(([path, bytes]) => [`${prefix}${path}`, bytes]))));
}
