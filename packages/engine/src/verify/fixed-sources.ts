import { policySubject } from "../policy/policy-subject.ts";
import type { Digest } from "../values/digest.ts";
import { CountersignError } from "../values/error.ts";
import type { Clock, FetchedManifest, ImageSourceOpener, TrustFiles, UnverifiedSignature } from "./ports.ts";

/** An image that is known beforehand: what a registry would have answered. */
export interface FixedImage {
  readonly manifest: FetchedManifest;
  /** further manifests, for an index */
  readonly instances?: ReadonlyMap<Digest, FetchedManifest>;
  /** by the digest of the manifest they are for */
  readonly signatures?: ReadonlyMap<Digest, readonly UnverifiedSignature[]>;
}

/**
 * Serves images without any network: for evidence kept from an earlier pull, and for tests.
 * @param images by identity, e.g. `docker.io/library/busybox:latest`
 */
export function fixedSources(images: ReadonlyMap<string, FixedImage>): ImageSourceOpener {
  return {
    async open(located, signal) {
      signal.throwIfAborted();
      const {
        spelled,
        scopes: [identity = spelled],
      } = policySubject(located);
      const image = images.get(identity);
      if (image === undefined) throw unknown(`no evidence is kept for ${identity}`);
      return {
        physical: identity,
        manifest: image.manifest,
        async instanceManifest(digest) {
          const manifest = image.instances?.get(digest);
          if (manifest === undefined)
            throw unknown(`no evidence is kept for ${identity} and instance ${digest}`);
          return manifest;
        },
        async signatures(manifest) {
          return image.signatures?.get(manifest) ?? [];
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

/** A clock that stands still. */
export function fixedClock(milliseconds: number): Clock {
  return { now: () => milliseconds };
}

function unknown(message: string): CountersignError {
  return new CountersignError("REGISTRY_NOT_FOUND", message);
}
