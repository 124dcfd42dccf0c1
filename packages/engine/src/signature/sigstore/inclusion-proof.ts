import { hash } from "node:crypto";

/**
 * The root of a tree of `size` leaves in which `leaf` is at `index`, if the hashes of its path are `path`.
 * Source: RFC 9162 §2.1.3.2.
 * @returns undefined if no tree of that size has such a path
 */
export function rootOf(
  leaf: Uint8Array,
  index: bigint,
  size: bigint,
  path: readonly Uint8Array[],
): Uint8Array | undefined {
  if (index >= size) return undefined;
  let [node, last, root] = [index, size - 1n, leaf];
  for (const sibling of path) {
    if (last === 0n || sibling.length !== hashLength) return undefined;
    if ((node & 1n) === 1n || node === last) {
      root = interior(sibling, root);
      // the last node of a row may have no sibling: it moves up as it is
      while ((node & 1n) === 0n && node !== 0n) [node, last] = [node >> 1n, last >> 1n];
    } else {
      root = interior(root, sibling);
    }
    [node, last] = [node >> 1n, last >> 1n];
  }
  return last === 0n ? root : undefined;
}

/** RFC 9162 §2.1.1: what is hashed of an entry. The prefix keeps an entry from passing for a node. */
export function leafHash(entry: Uint8Array): Uint8Array {
  return hash("sha256", Buffer.concat([Buffer.of(0), entry]), "buffer");
}

function interior(left: Uint8Array, right: Uint8Array): Uint8Array {
  return hash("sha256", Buffer.concat([Buffer.of(1), left, right]), "buffer");
}

const hashLength = 32;
