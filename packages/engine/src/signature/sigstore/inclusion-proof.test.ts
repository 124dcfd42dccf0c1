import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createMerkleTree } from "@countersign/testkit/signing-kit/sigstore/merkle-tree";
import fc from "fast-check";
import { leafHash, rootOf } from "./inclusion-proof.ts";

const tree = createMerkleTree();
for (let n = 0; n < 40; n++) tree.add(leaf(n));

function leaf(n: number): Buffer {
  return Buffer.from(`leaf ${n}`);
}

function rootBy(index: number, size: number, path = tree.path(index, size), entry = leafHash(leaf(index))) {
  return rootOf(entry, BigInt(index), BigInt(size), path);
}

describe("a path leads to the root", () => {
  it("of every leaf in trees of every size", () => {
    for (let size = 1; size <= tree.size; size++) {
      for (let index = 0; index < size; index++) assert.deepEqual(rootBy(index, size), tree.root(size));
    }
  });
});

describe("a path leads elsewhere, or nowhere", () => {
  const places = fc
    .integer({ min: 2, max: tree.size })
    .chain((size) => fc.tuple(fc.constant(size), fc.nat(size - 1), fc.nat(5)));
  const differs = (root: Uint8Array | undefined, size: number) =>
    root === undefined || Buffer.compare(root, tree.root(size)) !== 0;

  const changes: ReadonlyArray<
    readonly [why: string, change: (path: readonly Uint8Array[], at: number) => readonly Uint8Array[]]
  > = [
    ["with another hash in it", (path, at) => path.with(at, leafHash(Buffer.from("other")))],
    ["with a hash too few", (path, at) => path.toSpliced(at, 1)],
    ["with a hash too many", (path, at) => path.toSpliced(at, 0, leafHash(Buffer.from("other")))],
    ["with a hash twice", (path, at) => path.toSpliced(at, 0, path[at] ?? Buffer.alloc(32))],
    ["with a hash cut off", (path, at) => path.with(at, (path[at] ?? Buffer.alloc(32)).subarray(1))],
  ];
  for (const [why, change] of changes) {
    it(why, () =>
      fc.assert(
        fc.property(places, ([size, index, at]) => {
          const path = tree.path(index, size);
          return differs(rootBy(index, size, change(path, at % path.length)), size);
        }),
      ),
    );
  }

  it("of another leaf", () =>
    fc.assert(
      fc.property(places, ([size, index]) =>
        differs(rootBy(index, size, undefined, leafHash(Buffer.from("other"))), size),
      ),
    ));

  it("of a node that is made out to be a leaf", () => {
    const node = Buffer.concat([leafHash(leaf(0)), leafHash(leaf(1))]);
    assert.ok(differs(rootOf(leafHash(node), 0n, 20n, tree.path(0, 40).slice(1)), 40));
  });

  it("of a length that no tree of that size has", () => {
    const path = tree.path(3, 20);
    assert.equal(rootBy(3, 20, path.slice(0, -1)), undefined);
    assert.equal(rootBy(3, 20, [...path, leafHash(leaf(0))]), undefined);
  });

  it("with what is no hash in it", () => {
    const path = tree.path(3, 20);
    for (const length of [0, 31, 33, 64])
      assert.equal(rootBy(3, 20, path.with(1, Buffer.alloc(length))), undefined);
  });

  it("from a place outside the tree", () => {
    assert.equal(rootBy(0, 0, []), undefined);
    assert.equal(rootOf(leafHash(leaf(1)), 1n, 1n, []), undefined);
  });
});
