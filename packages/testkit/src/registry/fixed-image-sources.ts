import type { Digest } from "@countersign/engine/values/digest";
import { digestOf } from "@countersign/engine/values/digest";
import { CountersignError } from "@countersign/engine/values/error";
import {
  familiarReference,
  formatReference,
  repositoryName,
} from "@countersign/engine/values/image-reference";
import type {
  FetchedManifest,
  ImageSourceOpener,
  UnverifiedSignature,
} from "@countersign/engine/verify/ports";

/** What {@link fixedImageSources} knows of one image. */
export interface FixedImage {
  readonly manifest: FetchedManifest;
  /** other manifests of the repository, under the digests they are asked for by */
  readonly instances?: ReadonlyMap<Digest, FetchedManifest>;
  readonly signatures?: ReadonlyMap<Digest, readonly UnverifiedSignature[]>;
}

/** Opens what it was given, under full names (`registry.example/app:v1`), and knows no network. */
export function fixedImageSources(images: ReadonlyMap<string, FixedImage>): ImageSourceOpener {
  return {
    async open({ reference: image }) {
      const physical = formatReference(image);
      const found = images.get(physical);
      const name = repositoryName(image);
      if (found === undefined) {
        const place = `initializing source docker://${familiarReference(image)}`;
        throw missing(`${place}: reading manifest ${image.digest ?? image.tag} in ${name}: manifest unknown`);
      }
      return {
        physical,
        manifest: found.manifest,
        async instanceManifest(digest) {
          const instance = found.instances?.get(digest);
          if (instance === undefined)
            throw missing(`reading manifest ${digest} in ${name}: manifest unknown`);
          if (digestOf(instance.bytes) === digest) return instance;
          throw new CountersignError(
            "MANIFEST_DIGEST_MISMATCH",
            `Manifest does not match provided manifest digest ${digest}`,
          );
        },
        signatures: async (manifest) => found.signatures?.get(manifest) ?? [],
      };
    },
  };
}

function missing(message: string): CountersignError {
  return new CountersignError("REGISTRY_NOT_FOUND", message);
}
