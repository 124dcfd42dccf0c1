import { hash } from "node:crypto";

/** A Merkle tree of RFC 6962 §2.1: it only grows, and proves of every leaf that it is there, at any size it had. */
export interface MerkleTree {
  readonly size: number;
  /** @returns the leaf's index */
  add(leaf: Uint8Array): number;
  root(size?: number): Uint8Array;
  /** The audit path of a leaf (RFC 6962 §2.1.1), from the leaf upwards. */
  path(index: number, size?: number): readonly Uint8Array[];
}

export function createMerkleTree(): MerkleTree {
  const hashes: Uint8Array[] = [];
  return {
    get size() {
      return hashes.length;
    },
    add: (leaf) => hashes.push(leafHash(leaf)) - 1,
    root: (size = hashes.length) => rootOf(hashes.slice(0, size)),
    path: (index, size = hashes.length) => pathOf(index, hashes.slice(0, size)),
  };
}

export function leafHash(leaf: Uint8Array): Uint8Array {
  return hash("sha256", Buffer.concat([Buffer.of(0), leaf]), "buffer");
}

function nodeHash(left: Uint8Array, right: Uint8Array): Uint8Array {
  return hash("sha256", Buffer.concat([Buffer.of(1), left, right]), "buffer");
}

function rootOf(hashes: readonly Uint8Array[]): Uint8Array {
  const [only] = hashes;
  if (only === undefined) return hash("sha256", Buffer.alloc(0), "buffer");
  if (hashes.length === 1) return only;
  const split = splitOf(hashes.length);
  return nodeHash(rootOf(hashes.slice(0, split)), rootOf(hashes.slice(split)));
}

function pathOf(index: number, hashes: readonly Uint8Array[]): readonly Uint8Array[] {
  if (hashes.length <= 1) return [];
  const split = splitOf(hashes.length);
  const [left, right] = [hashes.slice(0, split), hashes.slice(split)];
  return index < split
    ? [...pathOf(index, left), rootOf(right)]
    : [...pathOf(index - split, right), rootOf(left)];
}

/** The largest power of two below `size`. */
function splitOf(size: number): number {
  let split = 1;
  while (split * 2 < size) split *= 2;
  return split;
}
