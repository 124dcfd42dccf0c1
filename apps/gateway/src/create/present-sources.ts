import { dockerImage } from "@countersign/engine/values/located-image";
import type { ImageSourceOpener } from "@countersign/engine/verify/ports";
import type { EvidenceShelf } from "@countersign/sources/evidence/evidence-shelf";
import { replay } from "@countersign/sources/evidence/record-image";
import type { PresentSources } from "./verify-present.ts";

/**
 * What is known of an image on this node, and its registry.
 * @param registry - with the node's own credentials: a CreateContainer call brings none
 */
export function presentSources(
  shelf: Pick<EvidenceShelf, "find">,
  registry: ImageSourceOpener,
): PresentSources {
  return {
    async kept(digest, signal) {
      const recorded = await shelf.find(digest);
      return await Promise.all(recorded.map((one) => replay(one).open(one.image, signal)));
    },
    fetch: (image, signal) => registry.open(dockerImage(image), signal),
  };
}
