import type { Digest } from "@countersign/engine/values/digest";
import type { DockerImage } from "@countersign/engine/values/located-image";
import type {
  Clock,
  FetchedManifest,
  ImageSource,
  ImageSourceOpener,
  UnverifiedSignature,
} from "@countersign/engine/verify/ports";
import type { EvidenceShelf } from "./evidence-shelf.ts";

/** The sources as they are, except that what is read of an image from a registry is kept. */
export function keepingEvidence(
  opener: ImageSourceOpener,
  shelf: Pick<EvidenceShelf, "keep">,
  clock: Clock,
): ImageSourceOpener {
  return {
    async open(image, signal) {
      const at = clock.now();
      const source = await opener.open(image, signal);
      return image.transport === "docker" ? keeping(source, image, at, shelf) : source;
    },
  };
}

/** Signatures are what is read last of an image: once they are here, all is here that a judgement asks for. */
function keeping(
  source: ImageSource,
  image: DockerImage,
  at: number,
  shelf: Pick<EvidenceShelf, "keep">,
): ImageSource {
  const instances = new Map<Digest, FetchedManifest>();
  const signatures = new Map<Digest, readonly UnverifiedSignature[]>();
  return {
    physical: source.physical,
    manifest: source.manifest,
    async instanceManifest(digest, signal) {
      const manifest = await source.instanceManifest(digest, signal);
      instances.set(digest, manifest);
      return manifest;
    },
    async signatures(manifest, signal) {
      const found = await source.signatures(manifest, signal);
      signatures.set(manifest, found);
      await shelf.keep({ image, platforms: [], at, manifest: source.manifest, instances, signatures });
      return found;
    },
    attachments: (query, signal) => source.attachments(query, signal),
  };
}
