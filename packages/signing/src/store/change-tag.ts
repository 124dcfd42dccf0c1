import { CountersignError } from "@countersign/engine/values/error";
import type { FetchedManifest } from "@countersign/engine/verify/ports";
import type { ManifestInPlace, RepositoryWriter } from "@countersign/sources/registry/repository-writer";
import type { Timing } from "@countersign/sources/timing";

/**
 * Makes of what a tag leads to what it should lead to, losing nothing of it; undefined if it is that already.
 * @throws CountersignError if it is something that must not be touched
 */
export type Change = (found: ManifestInPlace | undefined) => Promise<FetchedManifest | undefined>;

const rounds = 8;
const pause = 500;

/**
 * Changes what a tag leads to while others may do the same: read, changed, written only if it still leads there, and read
 * again, since most registries do not look at the condition. Two who write in the same moment see it and try again; only
 * where one has already looked again when the other writes is something lost, in registries without conditions.
 * @returns whether there was anything to change
 * @throws CountersignError REGISTRY_CONFLICT when it never stayed
 */
export async function changeTag(
  repository: Pick<RepositoryWriter, "name" | "inPlace" | "replaceManifest">,
  tag: string,
  change: Change,
  timing: Timing,
  signal: AbortSignal,
): Promise<boolean> {
  for (let round = 0; round < rounds; round++) {
    const found = await repository.inPlace(tag, signal);
    const changed = await change(found);
    if (changed === undefined) return round > 0;
    const stored = await repository.replaceManifest(tag, changed, found, signal);
    if (stored === undefined || round > 0) await timing.sleep(pause * (0.5 + timing.random()), signal);
  }
  const message = `${repository.name}:${tag} was changed by others each time in ${rounds} that it was written`;
  throw new CountersignError("REGISTRY_CONFLICT", message);
}
