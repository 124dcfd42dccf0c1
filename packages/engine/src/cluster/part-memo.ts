import { type Digest, digestHex, digestOf } from "../values/digest.ts";

/** More than a cluster's parts and namespaces; what is forgotten is only computed again. */
const maxEntries = 100_000;
/** Of texts, in characters: whoever edits one large policy again and again must not fill the controller's memory. */
export const maxHeld: number = 32 * 1024 * 1024;

/**
 * Remembers digests of texts and names from one publication to the next: of ten thousand namespaces one has changed, and
 * hashing the others again would take longer than all the rest.
 */
export class PartMemo {
  readonly #digests = new Map<string, Digest>();
  readonly #nameHashes = new Map<string, number>();
  #held = 0;

  /** characters of texts that are held */
  get held(): number {
    return this.#held;
  }

  digestOf(text: string): Digest {
    const known = this.#digests.get(text);
    if (known !== undefined) return known;
    const digest = digestOf(Buffer.from(text));
    if (text.length > maxHeld) return digest;
    if (this.#digests.size >= maxEntries || this.#held + text.length > maxHeld) {
      this.#digests.clear();
      this.#held = 0;
    }
    this.#digests.set(text, digest);
    this.#held += text.length;
    return digest;
  }

  /** Which of `count` shards a namespace is in. */
  shardOf(namespace: string, count: number): number {
    let hash = this.#nameHashes.get(namespace);
    if (hash === undefined) {
      hash = nameHash(namespace);
      if (this.#nameHashes.size >= maxEntries) this.#nameHashes.clear();
      this.#nameHashes.set(namespace, hash);
    }
    return hash % count;
  }
}

/** Sixteen bits that are spread evenly, whatever namespaces are called. */
export function nameHash(namespace: string): number {
  return Number.parseInt(digestHex(digestOf(Buffer.from(namespace))).slice(0, 4), 16);
}
