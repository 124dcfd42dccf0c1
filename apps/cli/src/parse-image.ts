import type { LocatedImage } from "@countersign/engine/values/located-image";
import { parseLocatedImage } from "@countersign/engine/values/parse-located-image";
import { explicitPath } from "@countersign/sources/files/explicit-path";

/**
 * An image as people name it on the command line and in lists: in a registry, or with a transport in front.
 * @throws CountersignError REFERENCE_INVALID, or IMAGE_UNREADABLE where a path leads nowhere
 */
export function parseImage(text: string): LocatedImage {
  return parseLocatedImage(text, explicitPath);
}
