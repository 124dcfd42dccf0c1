import { CountersignError } from "@countersign/engine/values/error";
import type { Metadata, Root } from "@tufjs/models";
import { refused, requireUnexpired, type TufRules } from "./tuf-rules.ts";
import { findTarget, requireTarget } from "./tuf-target.ts";

/** All that makes one target trusted, as it was fetched. Nothing of it is believed: it is verified each time it is read. */
export interface KeptMetadata {
  /** those that followed the one which the policy names, in order */
  readonly roots: readonly Uint8Array[];
  readonly timestamp: Uint8Array;
  readonly snapshot: Uint8Array;
  readonly targets: Uint8Array;
  readonly target: Uint8Array;
}

/** The last of the roots; each is signed by the one before. @throws CountersignError TRUST_REPOSITORY_UNUSABLE */
export function newestRoot(
  rules: TufRules,
  pinned: Uint8Array,
  roots: readonly Uint8Array[],
): Metadata<Root> {
  return roots.reduce((root, bytes) => rules.root(root, bytes), pinnedRoot(rules, pinned));
}

/**
 * Verifies what was kept, without asking anybody.
 * @param pinned - the root.json that the policy names
 * @param name - the target's
 * @param now - milliseconds since 1970
 * @returns until when it may be used
 * @throws CountersignError TRUST_REPOSITORY_UNUSABLE if it may not, or no longer
 */
export function verifyKept(
  rules: TufRules,
  pinned: Uint8Array,
  kept: KeptMetadata,
  name: string,
  now: number,
): number {
  const root = newestRoot(rules, pinned, kept.roots);
  const timestamp = rules.timestamp(root, kept.timestamp);
  const snapshot = rules.snapshot(root, timestamp, kept.snapshot);
  const targets = rules.targets(root, snapshot, kept.targets);
  requireTarget(findTarget(targets, name), name, kept.target);
  return Math.min(
    requireUnexpired("root.json", root, now),
    requireUnexpired("timestamp.json", timestamp, now),
    requireUnexpired("snapshot.json", snapshot, now),
    requireUnexpired("targets.json", targets, now),
  );
}

function pinnedRoot(rules: TufRules, pinned: Uint8Array): Metadata<Root> {
  try {
    return rules.root(undefined, pinned);
  } catch (caught) {
    throw refused(`the root.json that the policy names is none: ${CountersignError.from(caught).message}`);
  }
}
