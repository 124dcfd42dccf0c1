import type { Digest } from "@countersign/engine/values/digest";
import { begunAnew } from "@countersign/sources/begun-anew";
import type { OpenRepository } from "@countersign/sources/open-repositories";
import type { BlobDescriptor } from "@countersign/sources/registry/blob-stream";
import { copyBlob } from "@countersign/sources/registry/copy-blob";
import type { Timing } from "@countersign/sources/timing";

/** A repository and where it is, for who copies. */
export interface PromotionPlace {
  readonly repository: OpenRepository;
  /** host[:port] */
  readonly domain: string;
  readonly path: string;
}

/** How blobs came to where they are now. */
export interface CarriedBlobs {
  readonly present: number;
  readonly mounted: number;
  readonly copied: number;
  /** of those that were copied */
  readonly bytes: number;
}

/** Tells how far it is. */
export interface CarryProgress {
  readonly done: number;
  readonly of: number;
  readonly bytes: number;
}

/**
 * Brings blobs from one repository to another: not those that are there, by mount within one registry, and else streamed,
 * a few at a time.
 * @throws CountersignError with the first trouble; what was brought stays
 */
export async function carryBlobs(
  from: PromotionPlace,
  to: PromotionPlace,
  blobs: readonly BlobDescriptor[],
  atOnce: number,
  tell: (progress: CarryProgress) => void,
  timing: Timing,
  signal: AbortSignal,
): Promise<CarriedBlobs> {
  const each = new Map<Digest, BlobDescriptor>(blobs.map((blob) => [blob.digest, blob]));
  const left = each.values();
  const moving = new Map<Digest, number>();
  const carried = { present: 0, mounted: 0, copied: 0, bytes: 0 };
  const stop = new AbortController();
  const within = AbortSignal.any([signal, stop.signal]);

  const progress = (): void => {
    const done = carried.present + carried.mounted + carried.copied;
    const underWay = [...moving.values()].reduce((sum, bytes) => sum + bytes, 0);
    tell({ done, of: each.size, bytes: carried.bytes + underWay });
  };
  const carry = async (blob: BlobDescriptor): Promise<void> => {
    const { digest, size } = blob;
    if (await to.repository.hasBlob(digest, within)) carried.present++;
    else if (from.domain === to.domain && (await to.repository.mountBlob(digest, from.path, within))) {
      carried.mounted++;
    } else {
      const moved = (bytes: number): void => {
        moving.set(digest, bytes);
        progress();
      };
      await begunAnew(() => copyBlob(from.repository, to.repository, blob, moved, within), timing, within);
      moving.delete(digest);
      carried.copied++;
      carried.bytes += size;
    }
    progress();
  };
  const worker = async (): Promise<void> => {
    for (const blob of left) await carry(blob);
  };
  const workers = Array.from({ length: Math.min(atOnce, each.size) }, async () => {
    try {
      await worker();
    } catch (caught) {
      stop.abort(caught);
      throw caught;
    }
  });
  await Promise.allSettled(workers);
  await Promise.all(workers);
  return carried;
}
