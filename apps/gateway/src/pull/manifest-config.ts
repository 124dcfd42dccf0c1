import { type Digest, parseDigest } from "@countersign/engine/values/digest";

/**
 * The digest of an image's config, by which containerd names the image. Undefined when the manifest names none: then
 * only its own digest will do to recognise it.
 */
export function configOf(manifest: Uint8Array): Digest | undefined {
  try {
    return parseDigest(JSON.parse(new TextDecoder().decode(manifest)).config.digest);
  } catch {
    return undefined;
  }
}
