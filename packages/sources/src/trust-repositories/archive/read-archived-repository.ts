import { TufRules } from "../tuf-rules.ts";
import { type MetadataExpiry, updateMetadata } from "../update-metadata.ts";
import { archiveMirror } from "./archive-mirror.ts";
import { unpackRepository } from "./unpack-repository.ts";

/** A whole repository of The Update Framework in one archive, and what of it is wanted. */
export interface ArchivedRepository {
  /** tar.gz */
  readonly archive: Uint8Array;
  /** the root.json that is trusted to begin with */
  readonly root: Uint8Array;
  /** the folder in the repository in which targets are */
  readonly targets: string;
  /** the target's name */
  readonly target: string;
}

export interface ArchivedTarget {
  readonly bytes: Uint8Array;
  /** from when on it must not be used, and why: the file of the repository that expires first */
  readonly expiry: MetadataExpiry;
}

/**
 * Reads one target of an archived repository, and verifies all that leads to it from `root` on. What has expired is not
 * refused but told, so that the caller can say more of it than that.
 * @param signal - ends it between two files
 * @throws CountersignError TRUST_REPOSITORY_UNUSABLE, or what `signal` says
 */
export async function readArchivedRepository(
  { archive, root, targets, target }: ArchivedRepository,
  signal: AbortSignal,
): Promise<ArchivedTarget> {
  const mirror = archiveMirror(unpackRepository(archive), targets, signal);
  const rules = new TufRules(await import("@tufjs/models"));
  const repository = { rules, mirror, pinned: root, target };
  const { metadata, expiry } = await updateMetadata(repository, undefined, Number.NEGATIVE_INFINITY);
  return { bytes: metadata.target, expiry };
}
