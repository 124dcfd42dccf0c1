import type { Digest } from "@countersign/engine/values/digest";
import { CountersignError } from "@countersign/engine/values/error";
import { instanceDigest, parseIndex } from "@countersign/engine/values/image-index";
import { manifestKind } from "@countersign/engine/values/manifest";
import { manifestDigest } from "@countersign/engine/values/manifest-digest";
import type { FetchedManifest } from "@countersign/engine/verify/ports";
import { withDigest } from "@countersign/sources/instance-manifest";
import type { RepositoryReader } from "@countersign/sources/registry/repository-reader";
import type { Descriptor } from "./store/descriptor.ts";

/** A manifest that is there: it was fetched, and is what its digest says. */
export interface PresentManifest extends FetchedManifest, Descriptor {
  /** what an index leads to; undefined for an image */
  readonly instances: readonly PresentManifest[] | undefined;
}

/** As many as the largest honest index has, and then some. */
const maxManifests = 1000;
/** An index of indexes is rare, one level more is nobody's. */
const maxDepth = 3;

/**
 * Fetches what a name leads to: an image, or an index with all that it leads to.
 * @param tagOrDigest - a digest is checked; a tag leads where it leads now
 * @throws CountersignError with a registry code, MANIFEST_INVALID, MANIFEST_DIGEST_MISMATCH or TOO_LARGE
 */
export async function imageManifests(
  repository: Pick<RepositoryReader, "manifest" | "name">,
  tagOrDigest: { readonly tag: string } | { readonly digest: Digest },
  signal: AbortSignal,
): Promise<PresentManifest> {
  const seen = new Map<Digest, PresentManifest>();

  const described = async (manifest: FetchedManifest, depth: number): Promise<PresentManifest> => {
    const { bytes, mediaType } = manifest;
    const digest = manifestDigest(bytes);
    const instances = await instancesOf(manifest, digest, depth);
    const present = { bytes, mediaType, digest, size: bytes.length, instances };
    seen.set(digest, present);
    return present;
  };

  const instancesOf = async ({ bytes, mediaType }: FetchedManifest, digest: Digest, depth: number) => {
    const kind = manifestKind(mediaType);
    if (kind === "image") return undefined;
    if (depth === maxDepth) {
      throw new CountersignError(
        "TOO_LARGE",
        `${repository.name}@${digest}: indexes lead to indexes without end`,
      );
    }
    const found: PresentManifest[] = [];
    for (const instance of new Set(parseIndex(bytes, kind).instances.map(instanceDigest))) {
      found.push(seen.get(instance) ?? (await fetched(instance, depth + 1)));
      if (seen.size > maxManifests) {
        throw new CountersignError(
          "TOO_LARGE",
          `${repository.name}@${digest} leads to more than ${maxManifests} images`,
        );
      }
    }
    return found;
  };

  const fetched = async (digest: Digest, depth: number): Promise<PresentManifest> =>
    described(withDigest(await repository.manifest(digest, signal), digest), depth);

  return "digest" in tagOrDigest
    ? fetched(tagOrDigest.digest, 0)
    : described(await repository.manifest(tagOrDigest.tag, signal), 0);
}

/** All of them, each once, what an index leads to before the index. */
export function everyManifest(top: PresentManifest): readonly PresentManifest[] {
  const all = new Map<Digest, PresentManifest>();
  const visit = (manifest: PresentManifest): void => {
    for (const instance of manifest.instances ?? []) visit(instance);
    all.set(manifest.digest, manifest);
  };
  visit(top);
  return [...all.values()];
}
