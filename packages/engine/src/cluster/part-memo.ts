import { type Digest, digestHex, digestOf } from "../values/digest.ts";

/** More than a cluster's parts and namespaces; what is forgotten is only computed again. */
const maxEntries = 100_000;

/**
 * Remembers digests of texts and names from one publication to the next: of ten thousand namespaces one has changed, and
 * hashing the others again would take longer than all the rest.
 */
export class PartMemo {
  readonly #digests = new Map<string, Digest>();
  readonly #nameHashes = new Map<string, number>();

  digestOf(text: string): Digest {
    const known = this.#digests.get(text);
    if (known !== undefined) return known;
    const digest = digestOf(Buffer.from(text));
    remember(this.#digests, text, digest);
    return digest;
  }

  /** Which of `count` shards a namespace is in. */
  shardOf(namespace: string, count: number): number {
    let hash = this.#nameHashes.get(namespace);
    if (hash === undefined) {
      hash = nameHash(namespace);
      remember(this.#nameHashes, namespace, hash);
    }
    return hash % count;
  }
}

/** Sixteen bits that are spread evenly, whatever namespaces are called. */
export function nameHash(namespace: string): number {
  return Number.parseInt(digestHex(digestOf(Buffer.from(namespace))).slice(0, 4), 16);
}

function remember<V>(memo: Map<string, V>, key: string, value: V): void {
  if (memo.size >= maxEntries) memo.clear();
  memo.set(key, value);
}
