import { parseShard, requirePart } from "@countersign/engine/cluster/parse-publication";
import {
  type NamespaceShard,
  type PolicyIndex,
  type PolicySet,
  partsOf,
} from "@countersign/engine/cluster/publication";
import type { Digest } from "@countersign/engine/values/digest";
import { CountersignError } from "@countersign/engine/values/error";
import { severalAtOnce } from "../several-at-once.ts";
import type { PartStore } from "./part-store.ts";
import type { PublicationSource } from "./publication-source.ts";

export interface Unfolded {
  readonly set: PolicySet;
  readonly used: ReadonlySet<Digest>;
  /** parts that had to be fetched */
  readonly fetched: number;
}

/** Follows an index to everything it leads to. @throws CountersignError when a part cannot be had, or is not what the index means */
export type Unfold = (index: PolicyIndex, signal: AbortSignal) => Promise<Unfolded>;

/**
 * First what an index names itself, then what its shards name. What the node has is not asked for again, and shards that
 * the index before it had are not read again: of ten thousand namespaces few change at a time.
 */
export function unfolding(store: PartStore, source: PublicationSource): Unfold {
  let known: ReadonlyMap<Digest, NamespaceShard> = new Map();

  return async (index, signal) => {
    const texts = new Map<Digest, string>();
    let fetched = 0;

    async function load(digest: Digest): Promise<void> {
      const kept = await store.find(digest);
      if (kept === undefined) {
        const text = requirePart(await source.part(digest, signal), digest);
        await store.keep(digest, text);
        fetched++;
        texts.set(digest, text);
      } else texts.set(digest, kept);
    }

    async function loadAll(digests: Iterable<Digest>): Promise<void> {
      const missing = new Set([...digests].filter((digest) => !texts.has(digest)));
      await severalAtOnce(missing, load);
    }

    /** each was found to be what it is to be when it was loaded */
    function text(digest: Digest): string {
      const found = texts.get(digest);
      if (found !== undefined) return found;
      throw new CountersignError("POLICY_NOT_FOUND", `the part ${digest} was not loaded`);
    }

    await loadAll(partsOf(index));
    const shards = new Map(
      index.shards.map((digest) => [digest, known.get(digest) ?? parseShard(text(digest))] as const),
    );
    known = shards;
    const namespaces = index.shards.flatMap((digest) => [...(shards.get(digest) ?? [])]);
    await loadAll(namespaces.flatMap(([, digests]) => digests));
    return {
      set: {
        base: text(index.base),
        rules: index.rules.map(text),
        namespaces: new Map(namespaces.map(([name, digests]) => [name, digests.map(text)])),
      },
      used: new Set(texts.keys()),
      fetched,
    };
  };
}
