import { type Digest, digestHex, digestOf } from "../values/digest.ts";

/** More than a cluster's namespaces; what is forgotten is only computed again. */
const maxNames = 100_000;

/** A namespace, and the texts of its own rules. */
export type ShardMember = readonly [name: string, rules: readonly string[]];

/** What became of a shard's members: its own part, and those that it names. */
export interface LaidOutShard {
  readonly digest: Digest;
  readonly parts: ReadonlyMap<Digest, string>;
}

/**
 * Remembers digests, names' hashes and shards from one publication to the next: of ten thousand namespaces one has changed,
 * and to sort, print and hash the others again would take longer than all the rest.
 */
export class PartMemo {
  #before: ReadonlyMap<string, Digest> = new Map();
  #digests = new Map<string, Digest>();
  readonly #nameHashes = new Map<string, number>();
  readonly #places: { readonly name: string; readonly hash: number }[] = [];
  readonly #shards: { readonly members: readonly ShardMember[]; readonly shard: LaidOutShard }[] = [];

  /** Begins a publication: texts that neither it nor the one before it has are forgotten, as a shard may have kilobytes. */
  begin(): void {
    this.#before = this.#digests;
    this.#digests = new Map();
  }

  /** How many texts it holds on to. */
  get texts(): number {
    return new Set([...this.#before.keys(), ...this.#digests.keys()]).size;
  }

  digestOf(text: string): Digest {
    const digest = this.#digests.get(text) ?? this.#before.get(text) ?? digestOf(Buffer.from(text));
    this.#digests.set(text, digest);
    return digest;
  }

  /**
   * A namespace's {@link nameHash}.
   * @param place among all of them: most are where they were last time, which is seen sooner than they are looked up
   */
  hashOf(namespace: string, place: number): number {
    const before = this.#places[place];
    if (before?.name === namespace) return before.hash;
    let hash = this.#nameHashes.get(namespace);
    if (hash === undefined) {
      hash = nameHash(namespace);
      if (this.#nameHashes.size >= maxNames) this.#nameHashes.clear();
      this.#nameHashes.set(namespace, hash);
    }
    this.#places[place] = { name: namespace, hash };
    return hash;
  }

  /** A shard by its place: as it was laid out last time if it has the same members in the same order. */
  shard(
    at: number,
    members: readonly ShardMember[],
    layOut: (members: readonly ShardMember[]) => LaidOutShard,
  ): LaidOutShard {
    const known = this.#shards[at];
    if (known !== undefined && areSame(known.members, members, isSameMember)) return known.shard;
    const shard = layOut(members);
    this.#shards[at] = { members, shard };
    return shard;
  }
}

function isSameMember(a: ShardMember, b: ShardMember): boolean {
  return a[0] === b[0] && (a[1] === b[1] || areSame(a[1], b[1], Object.is));
}

function areSame<T>(a: readonly T[], b: readonly T[], isSame: (one: T, other: T) => boolean): boolean {
  return a.length === b.length && a.every((one, at) => isSame(one, b[at] as T));
}

/** Sixteen bits that are spread evenly, whatever namespaces are called. */
export function nameHash(namespace: string): number {
  return Number.parseInt(digestHex(digestOf(Buffer.from(namespace))).slice(0, 4), 16);
}
