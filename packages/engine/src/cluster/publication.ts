import type { Digest } from "../values/digest.ts";
import { type LaidOutShard, nameHash, PartMemo, type ShardMember } from "./part-memo.ts";

/**
 * What a cluster's nodes are told: a small index, and parts that it names by their content. A node follows the index
 * alone and fetches the parts that it has not got; nobody can hand it another part than was meant.
 */
export interface Publication {
  readonly index: PolicyIndex;
  /** every part that the index leads to, as published: texts by their digests */
  readonly parts: ReadonlyMap<Digest, string>;
}

export interface PolicyIndex {
  /** grows with each publication; a node takes none that is older than what it has */
  readonly generation: number;
  /** the fragment with what holds where no policy matches */
  readonly base: Digest;
  /** fragments with the cluster's rules, in the order of their names */
  readonly rules: readonly Digest[];
  /** a power of two of them; a namespace is in the one that the hash of its name leads to */
  readonly shards: readonly Digest[];
  /** seconds over which nodes are to spread what they say of it; undefined: as they like */
  readonly reportWithin?: number | undefined;
}

/** A part of the list of namespaces: each with the fragments of its own rules, none for most of them. */
export type NamespaceShard = ReadonlyMap<string, readonly Digest[]>;

/** What is to be published, put together from compiled rules. */
export interface PolicySet {
  readonly base: string;
  readonly rules: readonly string[];
  /** every namespace of the cluster: one that is missing is not known yet, and its pods wait */
  readonly namespaces: ReadonlyMap<string, readonly string[]>;
}

/** Small, so that a change of one namespace costs each node little; the index names up to 256 of them. */
const shardSize = 8 * 1024;
const maxShards = 256;

/**
 * Lays a set of policies out in parts. The same set gives the same parts, whatever was published before.
 * @param memo from one publication to the next, for speed alone
 */
export function publish(set: PolicySet, generation: number, memo = new PartMemo()): Publication {
  memo.begin();
  const parts = new Map<Digest, string>();
  const add = (text: string): Digest => {
    const digest = memo.digestOf(text);
    parts.set(digest, text);
    return digest;
  };
  const base = add(set.base);
  const rules = set.rules.map(add);
  const count = shardCount(set.namespaces);
  const members = Array.from({ length: count }, (): ShardMember[] => []);
  let place = 0;
  for (const member of set.namespaces) members[memo.hashOf(member[0], place++) % count]?.push(member);
  const shards = members.map((list, at) => {
    const shard = memo.shard(at, list, (own) => layOutShard(own, memo));
    for (const [part, text] of shard.parts) parts.set(part, text);
    return shard.digest;
  });
  return { index: { generation, base, rules, shards }, parts };
}

function layOutShard(members: readonly ShardMember[], memo: PartMemo): LaidOutShard {
  const parts = new Map<Digest, string>();
  const add = (text: string): Digest => {
    const digest = memo.digestOf(text);
    parts.set(digest, text);
    return digest;
  };
  const own = [...members].sort(([a], [b]) => (a < b ? -1 : 1));
  const digest = add(printShard(new Map(own.map(([name, rules]) => [name, rules.map(add)]))));
  return { digest, parts };
}

/** Of what a shard's text will be: a digest has 71 characters, and quotes and a comma. */
function shardCount(namespaces: PolicySet["namespaces"]): number {
  let size = 0;
  for (const [name, rules] of namespaces) size += name.length + 8 + 74 * rules.length;
  const wanted = 2 ** Math.ceil(Math.log2(Math.max(size / shardSize, 1)));
  return Math.min(wanted, maxShards);
}

/** Which of `count` shards a namespace is in. */
export function shardOf(namespace: string, count: number): number {
  return nameHash(namespace) % count;
}

/** Every digest that an index leads to at once; shards lead to more. */
export function partsOf({ base, rules, shards }: PolicyIndex): readonly Digest[] {
  return [...new Set([base, ...rules, ...shards])];
}

export function printIndex({ generation, base, rules, shards, reportWithin }: PolicyIndex): string {
  return JSON.stringify({ countersignIndex: 1, generation, base, rules, shards, reportWithin });
}

export function printShard(namespaces: NamespaceShard): string {
  return JSON.stringify({ namespaces: Object.fromEntries(namespaces) });
}
