import assert from "node:assert/strict";
import { rename, utimes } from "node:fs/promises";
import { describe, it } from "node:test";
import { temporaryRoot } from "@countersign/testkit/registry/temporary-root";
import { type FileIdentity, isSettled, sameIdentity, untornVersion } from "./file-version.ts";
import { policyFilesOnDisk } from "./policy-files.ts";

const identity: FileIdentity = { device: 1n, inode: 2n, size: 3n, modified: 4n, changed: 5n };

describe("a file is another one", () => {
  for (const field of Object.keys(identity) as (keyof FileIdentity)[]) {
    it(`when its ${field} is`, () =>
      assert.ok(!sameIdentity(identity, { ...identity, [field]: 9n }), `${field} counts for nothing`));
  }

  it("unless all of that is as it was", () => assert.ok(sameIdentity(identity, { ...identity })));

  it("when it is replaced by one of the same size and age", async () => {
    using root = temporaryRoot();
    const [file, successor] = [root.write("policy.json", "aaaa"), root.write("new.json", "bbbb")];
    for (const one of [file, successor]) await utimes(one, 1, 1);
    const before = await policyFilesOnDisk.identify(file);
    await rename(successor, file);
    const after = await policyFilesOnDisk.identify(file);
    assert.ok(before !== undefined && after !== undefined && !sameIdentity(before, after));
  });
});

describe("a file is settled", () => {
  const at = (modified: bigint, changed: bigint) => ({
    ...identity,
    modified: modified * 1_000_000n,
    changed: changed * 1_000_000n,
  });
  for (const [what, file, settled] of [
    ["when all of it is older than two and a half seconds", at(0n, 0n), true],
    ["but not before", at(1n, 0n), false],
    ["but not while its time alone was set back", at(0n, 1n), false],
  ] as const) {
    it(what, () => assert.equal(isSettled(file, 2_501), settled));
  }
});

describe("a file that is written to while it is read", () => {
  /** What each look sees, one after the other. */
  function read(...looks: readonly (FileIdentity | undefined)[]) {
    const left = [...looks];
    let readings = 0;
    return untornVersion(
      async () => left.shift(),
      async () => Uint8Array.of(readings++),
    );
  }
  const later = { ...identity, changed: 6n };

  it("is read anew until it stays", async () =>
    assert.deepEqual(await read(identity, later, later, later), {
      identity: later,
      bytes: Uint8Array.of(1),
    }));

  it("is read anew when it was away for a moment", async () =>
    assert.deepEqual(await read(identity, undefined, identity, identity), {
      identity,
      bytes: Uint8Array.of(1),
    }));

  it("is given up after five times", async () => {
    const changing = Array.from({ length: 20 }, (_, at) => ({ ...identity, changed: BigInt(at) }));
    assert.equal(await read(...changing), undefined);
  });
});
