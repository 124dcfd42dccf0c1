import { dockerImage } from "@countersign/engine/values/located-image";
import type { ImageSourceOpener } from "@countersign/engine/verify/ports";
import type { EvidenceShelf } from "@countersign/sources/evidence/evidence-shelf";
import { replay } from "@countersign/sources/evidence/replay";
import { withDigest } from "@countersign/sources/instance-manifest";
import type { PresentSources } from "./verify-present.ts";

/**
 * What is known of an image on this node, and its registry.
 * @param evidence - looked through in this order
 * @param registry - with the node's own credentials: a CreateContainer call brings none
 */
export function presentSources(
  evidence: readonly Pick<EvidenceShelf, "find">[],
  registry: ImageSourceOpener,
): PresentSources {
  return {
    async kept(digest, signal) {
      const found = await Promise.all(evidence.map((one) => one.find(digest)));
      return await Promise.all(found.flat().map((one) => replay(one).open(one.image, signal)));
    },
    async fetch(image, signal) {
      const source = await registry.open(dockerImage(image), signal);
      // A broken answer is no image: nobody has signed it, and that would be said of the one that was asked for.
      if (image.digest !== undefined) withDigest(source.manifest, image.digest);
      return source;
    },
  };
}
