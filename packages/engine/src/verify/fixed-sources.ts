import { type Digest, digestOf } from "../values/digest.ts";
import { CountersignError } from "../values/error.ts";
import { formatImageName } from "../values/format-image-name.ts";
import { repositoryName } from "../values/image-reference.ts";
import type {
  AttachmentQuery,
  Clock,
  FetchedManifest,
  ImageSourceOpener,
  TrustFiles,
  TrustRepositories,
  UnverifiedSignature,
} from "./ports.ts";

/** An image that is known beforehand: what a registry would have answered. */
export interface FixedImage {
  readonly manifest: FetchedManifest;
  /** further manifests, for an index, under the digests they are asked for by */
  readonly instances?: ReadonlyMap<Digest, FetchedManifest>;
  /** by the digest of the manifest they are for */
  readonly signatures?: ReadonlyMap<Digest, readonly UnverifiedSignature[]>;
  /** by {@link attachmentKey} */
  readonly attachments?: ReadonlyMap<string, readonly UnverifiedSignature[]>;
}

/** Names a question for attachments: the same text for the same question only. */
export function attachmentKey({ subject, kind, place }: AttachmentQuery): string {
  const repository = place.repository === undefined ? "" : repositoryName(place.repository);
  return JSON.stringify([subject, kind, repository, place.tagPrefix]);
}

/**
 * Serves images without any network: for evidence kept from an earlier pull, and for tests.
 * @param images by the name that messages give them, e.g. `docker://busybox:latest`
 */
export function fixedSources(images: ReadonlyMap<string, FixedImage>): ImageSourceOpener {
  return {
    async open(located, signal) {
      signal.throwIfAborted();
      const name = formatImageName(located);
      const image = images.get(name);
      if (image === undefined) throw unknown(`initializing source ${name}: no evidence of it is kept`);
      return {
        physical: name,
        manifest: image.manifest,
        async instanceManifest(digest) {
          const instance = image.instances?.get(digest);
          if (instance === undefined) throw unknown(`no evidence is kept of the manifest ${digest}`);
          if (digestOf(instance.bytes) === digest) return instance;
          throw new CountersignError(
            "MANIFEST_DIGEST_MISMATCH",
            `Manifest does not match provided manifest digest ${digest}`,
          );
        },
        async signatures(manifest) {
          return image.signatures?.get(manifest) ?? [];
        },
        async attachments(query) {
          return image.attachments?.get(attachmentKey(query)) ?? [];
        },
      };
    },
  };
}

/** Serves files from memory; any other does not exist. */
export function fixedTrustFiles(files: ReadonlyMap<string, Uint8Array>): TrustFiles {
  return {
    async read(path) {
      const bytes = files.get(path);
      if (bytes !== undefined) return bytes;
      throw new CountersignError("TRUST_FILE_UNREADABLE", `open ${path}: no such file or directory`);
    },
  };
}

/** Serves trusted roots from memory, by the mirror's URL; any other mirror does not answer. */
export function fixedTrustRepositories(
  roots: ReadonlyMap<string, Uint8Array> = new Map(),
): TrustRepositories {
  return {
    async trustedRoot({ mirror }) {
      const bytes = roots.get(mirror);
      if (bytes !== undefined) return bytes;
      throw new CountersignError("TRUST_REPOSITORY_UNUSABLE", `${mirror} does not answer`);
    },
  };
}

/** A clock that stands still. */
export function fixedClock(milliseconds: number): Clock {
  return { now: () => milliseconds };
}

function unknown(message: string): CountersignError {
  return new CountersignError("REGISTRY_NOT_FOUND", message);
}
