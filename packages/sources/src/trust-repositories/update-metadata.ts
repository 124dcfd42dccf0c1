import { posix } from "node:path";
import { CountersignError } from "@countersign/engine/values/error";
import type { Metadata, MetaFile, Root } from "@tufjs/models";
import { type KeptMetadata, newestRoot } from "./kept-metadata.ts";
import { refused, requireNoRollback, requireUnexpired, type TufFile, type TufRules } from "./tuf-rules.ts";
import { findTarget, requireTarget, type TufTarget } from "./tuf-target.ts";

/** Where a repository's files are fetched from; nothing that comes from there is believed. */
export interface TufMirror {
  /**
   * @param path - below the mirror: `timestamp.json`
   * @param limit - bytes
   * @returns undefined if it is not there
   * @throws CountersignError
   */
  fetch(path: string, limit: number): Promise<Uint8Array | undefined>;
}

/** What a repository of The Update Framework is read by. */
export interface TufRepository {
  readonly rules: TufRules;
  readonly mirror: TufMirror;
  /** the root.json that the policy names */
  readonly pinned: Uint8Array;
  /** the target's name */
  readonly target: string;
}

/** Which metadata expires first, and when. */
export interface MetadataExpiry {
  readonly file: TufFile;
  /** milliseconds since 1970 */
  readonly at: number;
}

export interface UpdatedMetadata {
  readonly metadata: KeptMetadata;
  readonly expiry: MetadataExpiry;
}

/** The limits of the reference implementation, python-tuf. */
const maxRotations = 256;
const maxRootSize = 512_000;
const maxTimestampSize = 16_384;
const maxSnapshotSize = 2_000_000;
const maxTargetsSize = 5_000_000;
/** Of all roots together, which are verified one by one. */
const maxRootsSize = 8 * 1024 * 1024;

/**
 * Fetches what is newer than what is kept.
 * Source: the TUF specification 1.0, section 5.
 * @param kept - undefined if nothing is, or it is broken
 * @param now - milliseconds since 1970; negative infinity: what has expired is not refused, and `expiry` lies in the past
 * @throws CountersignError TRUST_REPOSITORY_UNUSABLE or what the mirror throws; what is kept stays as good as it was
 */
export async function updateMetadata(
  { rules, mirror, pinned, target }: TufRepository,
  kept: KeptMetadata | undefined,
  now: number,
): Promise<UpdatedMetadata> {
  const get = async (path: string, limit: number): Promise<Uint8Array> => {
    const bytes = await mirror.fetch(path, limit);
    if (bytes === undefined) throw refused(`${path} is not there`);
    return bytes;
  };

  let expiry: MetadataExpiry = { file: "root.json", at: Number.POSITIVE_INFINITY };
  const requireFresh = (file: TufFile, metadata: Parameters<typeof requireUnexpired>[1]): void => {
    const at = requireUnexpired(file, metadata, now);
    if (at < expiry.at) expiry = { file, at };
  };

  const { roots, root } = await newerRoots(rules, mirror, pinned, kept?.roots ?? []);
  requireFresh("root.json", root);
  const prefix = ({ version }: MetaFile) => (root.signed.consistentSnapshot ? `${version}.` : "");

  // What a key signed that was replaced since tells nothing (section 5.3.11: recovery from fast-forward attacks).
  const before = {
    timestamp: kept && unlessRefused(() => rules.timestamp(root, kept.timestamp)),
    snapshot: kept && unlessRefused(() => rules.snapshot(root, undefined, kept.snapshot)),
  };
  const fetched = await get("timestamp.json", maxTimestampSize);
  const newer = rules.timestamp(root, fetched);
  requireNoRollback(before, { timestamp: newer });
  const isSame = kept !== undefined && before.timestamp?.signed.version === newer.signed.version;
  const timestampBytes = isSame ? kept.timestamp : fetched;
  const timestamp = rules.timestamp(root, timestampBytes);
  requireFresh("timestamp.json", timestamp);

  const snapshotMeta = timestamp.signed.snapshotMeta;
  const snapshotBytes =
    keptIf(kept?.snapshot, (bytes) => rules.snapshot(root, timestamp, bytes)) ??
    (await get(`${prefix(snapshotMeta)}snapshot.json`, limitOf(snapshotMeta, maxSnapshotSize)));
  const snapshot = rules.snapshot(root, timestamp, snapshotBytes);
  requireNoRollback(before, { timestamp, snapshot });
  requireFresh("snapshot.json", snapshot);

  const targetsMeta = snapshot.signed.meta["targets.json"];
  if (targetsMeta === undefined) throw refused("snapshot.json does not know targets.json");
  const targetsBytes =
    keptIf(kept?.targets, (bytes) => rules.targets(root, snapshot, bytes)) ??
    (await get(`${prefix(targetsMeta)}targets.json`, limitOf(targetsMeta, maxTargetsSize)));
  const targets = rules.targets(root, snapshot, targetsBytes);
  requireFresh("targets.json", targets);

  const wanted = findTarget(targets, target);
  const targetBytes =
    keptIf(kept?.target, (bytes) => requireTarget(wanted, target, bytes)) ??
    (await get(targetPath(root, wanted, target), wanted.length));
  requireTarget(wanted, target, targetBytes);
  const metadata = {
    roots,
    timestamp: timestampBytes,
    snapshot: snapshotBytes,
    targets: targetsBytes,
    target: targetBytes,
  };
  return { metadata, expiry };
}

/** One version after the other, until there is none; each is checked as it comes. */
async function newerRoots(
  rules: TufRules,
  mirror: TufMirror,
  pinned: Uint8Array,
  known: readonly Uint8Array[],
): Promise<{ readonly roots: readonly Uint8Array[]; readonly root: Metadata<Root> }> {
  const roots = [...known];
  let root = newestRoot(rules, pinned, roots);
  let size = roots.reduce((sum, { length }) => sum + length, 0);
  for (let rotations = 0; ; rotations++) {
    const bytes = await mirror.fetch(`${root.signed.version + 1}.root.json`, maxRootSize);
    if (bytes === undefined) return { roots, root };
    size += bytes.length;
    if (rotations === maxRotations || size > maxRootsSize) {
      throw refused("there are too many new root.json; let the policy name a newer one");
    }
    root = rules.root(root, bytes);
    roots.push(bytes);
  }
}

function targetPath({ signed }: Metadata<Root>, { hash }: TufTarget, name: string): string {
  const { dir, base } = posix.parse(name);
  const file = signed.consistentSnapshot ? `${hash}.${base}` : base;
  return posix.join("targets", dir, file);
}

function limitOf({ length }: MetaFile, most: number): number {
  return Math.min(length ?? most, most);
}

/** What is kept, if it is what is wanted now. */
function keptIf(
  bytes: Uint8Array | undefined,
  verify: (bytes: Uint8Array) => unknown,
): Uint8Array | undefined {
  if (bytes === undefined) return undefined;
  return unlessRefused(() => {
    verify(bytes);
    return bytes;
  });
}

function unlessRefused<T>(verify: () => T): T | undefined {
  try {
    return verify();
  } catch (caught) {
    if (CountersignError.from(caught).code === "TRUST_REPOSITORY_UNUSABLE") return undefined;
    throw caught;
  }
}
