import { dockerImage } from "@countersign/engine/values/located-image";
import type { ImageSourceOpener } from "@countersign/engine/verify/ports";
import type { EvidenceShelf } from "@countersign/sources/evidence/evidence-shelf";
import { replay } from "@countersign/sources/evidence/replay";
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
    fetch: (image, signal) => registry.open(dockerImage(image), signal),
  };
}
