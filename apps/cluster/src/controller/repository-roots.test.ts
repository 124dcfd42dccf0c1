import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { createPocketSigstore } from "@countersign/testkit/signing-kit/sigstore/pocket-sigstore";
import { archiveOf } from "@countersign/testkit/trust-repository/archived-repository";
import { startTufRepository } from "@countersign/testkit/trust-repository/tuf-repository";
import { stagedTime } from "../testing/staged-time.ts";
import type { RepositorySpec } from "./read-repository-root.ts";
import { repositoryRoots } from "./repository-roots.ts";

const start = Date.UTC(2026, 0, 1);
const day = 24 * 60 * 60_000;
const { trustedRoot } = createPocketSigstore();

let good: RepositorySpec;
before(async () => {
  good = await archived(trustedRoot);
});

async function archived(content: Uint8Array, target = "trusted_root.json"): Promise<RepositorySpec> {
  const expiries = {
    root: start + 9 * day,
    targets: start + 8 * day,
    snapshot: start + 5 * day,
    timestamp: start + day,
  };
  await using repository = await startTufRepository(content, { expiries });
  const { root, files } = repository;
  return { type: "repository", archive: archiveOf(files), root, targets: "targets", target };
}

const missing = (why: RegExp, found: object) => {
  assert.ok("type" in found && found.type === "missing" && "why" in found, JSON.stringify(found));
  assert.match(String(found.why), why);
};
const found = { type: "found", value: { type: "text", json: Buffer.from(trustedRoot).toString() } };

describe("repositoryRoots", () => {
  it("has a root once it was read, and is at rest then", async () => {
    const roots = repositoryRoots(stagedTime(start));
    assert.equal(await roots.settle(), false);
    missing(/not read yet/, roots.find("ours", good));
    assert.ok(roots.isAwaited);
    assert.equal(await roots.settle(), true);
    assert.deepEqual(roots.find("ours", good), found);
    assert.deepEqual(roots.find("ours", { ...good }), found);
    assert.equal(roots.isAwaited, false);
    assert.equal(await roots.settle(), false);
  });

  it("reads once for all who ask at the same time", async () => {
    const roots = repositoryRoots(stagedTime(start));
    roots.find("ours", good);
    const first = roots.settle();
    assert.ok(roots.isAwaited);
    assert.equal(roots.settle(), first);
    assert.equal(await first, true);
  });

  it("has it no longer from the moment on at which its first metadata expires, and says what to do", async () => {
    const time = stagedTime(start);
    const roots = repositoryRoots(time);
    roots.find("ours", good);
    await roots.settle();
    await time.pass(day - 1);
    assert.deepEqual(roots.find("ours", good), found);
    await time.pass(1);
    missing(
      /^spec\.repository\.mirrorFS: timestamp\.json in it expired at 2026-01-02T00:00:00Z; renew the repository, and apply/,
      roots.find("ours", good),
    );
    assert.equal(roots.isAwaited, false);
  });

  it("reads an edited one anew, and says what is wrong with it", async () => {
    const roots = repositoryRoots(stagedTime(start));
    roots.find("ours", good);
    await roots.settle();
    const broken = { ...good, archive: good.archive.subarray(0, 50) };
    missing(/not read yet/, roots.find("ours", broken));
    await roots.settle();
    missing(/^spec\.repository\.mirrorFS: it is cut off/, roots.find("ours", broken));
    assert.equal(roots.isAwaited, false);
    roots.find("ours", good);
    await roots.settle();
    assert.deepEqual(roots.find("ours", good), found);
  });

  it("tells repositories apart by archive, root, folder and target", async () => {
    const roots = repositoryRoots(stagedTime(start));
    const other = await archived(trustedRoot);
    const edits: readonly Partial<RepositorySpec>[] = [
      { archive: other.archive },
      { root: other.root },
      { targets: "files" },
      { target: "other.json" },
    ];
    for (const edit of edits) {
      roots.find("ours", good);
      await roots.settle();
      missing(/not read yet/, roots.find("ours", { ...good, ...edit }));
    }
  });

  it("gives up one that takes too long, and tries it again after a while", async () => {
    const time = stagedTime(start);
    const atOnce = (_delay: number, fire: () => void) => {
      fire();
      return () => {};
    };
    const roots = repositoryRoots({ now: time.now, after: atOnce });
    roots.find("ours", good);
    await roots.settle();
    missing(/to verify it takes longer than 2 s/, roots.find("ours", good));
    assert.equal(roots.isAwaited, false);
    await time.pass(5 * 60_000);
    missing(/to verify it takes longer than 2 s/, roots.find("ours", good));
    assert.ok(roots.isAwaited);
  });

  it("holds sixty-four, and forgets those that nobody looks for any more", async () => {
    const time = stagedTime(start);
    const roots = repositoryRoots(time);
    for (let at = 0; at < 64; at++) roots.find(`${at}`, { ...good, archive: Buffer.of(at) });
    await roots.settle();
    missing(/more than 64 TrustRoots carry a repository/, roots.find("one more", good));
    assert.equal(roots.isAwaited, false);
    await time.pass(3_600_000);
    roots.find("7", { ...good, archive: Buffer.of(7) });
    missing(/not read yet/, roots.find("one more", good));
    await roots.settle();
    assert.deepEqual(roots.find("one more", good), found);
    missing(/cut off|not compressed/, roots.find("7", { ...good, archive: Buffer.of(7) }));
  });
});
