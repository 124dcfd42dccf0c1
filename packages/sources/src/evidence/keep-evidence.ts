import type { Clock, ImageSourceOpener } from "@countersign/engine/verify/ports";
import type { EvidenceShelf } from "./evidence-shelf.ts";
import { recorder } from "./recorder.ts";

/**
 * The sources as they are, except that what is read of an image from a registry is kept: each time that signatures came,
 * or something else that cosign attached, since nobody says which question is the last one.
 */
export function keepingEvidence(
  opener: ImageSourceOpener,
  shelf: Pick<EvidenceShelf, "keep">,
  clock: Clock,
): ImageSourceOpener {
  return {
    async open(image, signal) {
      const at = clock.now();
      const source = await opener.open(image, signal);
      if (image.transport !== "docker") return source;
      const recording = recorder(
        source,
        { image, platforms: [], at },
        { grown: () => shelf.keep(recording.recorded()), failed() {} },
      );
      return recording.source;
    },
  };
}
