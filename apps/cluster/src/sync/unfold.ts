import { parseShard, requirePart } from "@countersign/engine/cluster/parse-publication";
import { type PolicyIndex, type PolicySet, partsOf } from "@countersign/engine/cluster/publication";
import type { Digest } from "@countersign/engine/values/digest";
import { severalAtOnce } from "../several-at-once.ts";
import type { PartStore } from "./part-store.ts";
import type { PublicationSource } from "./publication-source.ts";

export interface Unfolded {
  readonly set: PolicySet;
  readonly used: ReadonlySet<Digest>;
  /** parts that had to be fetched */
  readonly fetched: number;
}

/**
 * Follows an index to everything it leads to: first what it names itself, then what its shards name. What the node has
 * is not asked for again.
 * @throws CountersignError when a part cannot be had, or is not what the index means
 */
export async function unfold(
  index: PolicyIndex,
  store: PartStore,
  source: PublicationSource,
  signal: AbortSignal,
): Promise<Unfolded> {
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

  const text = (digest: Digest) => requirePart(texts.get(digest) ?? "", digest);
  await loadAll(partsOf(index));
  const namespaces = index.shards.flatMap((digest) => [...parseShard(text(digest))]);
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
}
