import type { BigIntStats } from "node:fs";
import { lstat, stat } from "node:fs/promises";
import { CountersignError } from "@countersign/engine/values/error";
import { readRegularFile } from "@countersign/sources/files/read-file";
import { systemErrorText } from "@countersign/sources/system-error";

/** What tells one version of a file from the next without reading it. Times in nanoseconds since the epoch. */
export interface FileIdentity {
  readonly device: bigint;
  readonly inode: bigint;
  readonly size: bigint;
  readonly modified: bigint;
  /** cannot be set back by `touch`, `cp -p` or an unpacked archive, as `modified` can */
  readonly changed: bigint;
}

/** One consistent version of a file. */
export interface FileVersion {
  readonly identity: FileIdentity;
  readonly bytes: Uint8Array;
}

/** Where policies lie. Declared for the policy store, filled by {@link policyFilesOnDisk}. */
export interface PolicyFiles {
  /** undefined only when there is no directory entry of that name; @throws CountersignError POLICY_UNREADABLE */
  identify(path: string): Promise<FileIdentity | undefined>;
  /** @throws CountersignError POLICY_UNREADABLE */
  read(path: string): Promise<FileVersion>;
}

/** Room for tens of thousands of scopes; keeps one edit from filling memory. */
const maxPolicySize = 16 * 1024 * 1024;

/** How often a file that changes under our eyes is read anew before that is an error. */
const maxReads = 5;

export const policyFilesOnDisk: PolicyFiles = {
  async identify(path) {
    const entry = await entryOf(path);
    if (entry === undefined || !entry.isSymbolicLink()) return entry && identityIn(entry);
    const found = await identityOf(path);
    // A link to nowhere is there, and broken: taking it for absent would lift a namespace's policy.
    if (found === undefined)
      throw unreadable(`stat ${path}: no such file or directory (a broken symbolic link)`);
    return found;
  },

  async read(path) {
    for (let attempt = 0; attempt < maxReads; attempt++) {
      const before = await identityOf(path);
      const reading = await readRegularFile(path, maxPolicySize);
      if (reading.type !== "read") throw unreadable(reading.message);
      const after = await identityOf(path);
      if (before !== undefined && after !== undefined && sameIdentity(before, after)) {
        return { identity: before, bytes: reading.bytes };
      }
    }
    throw unreadable(`${path} changes while it is read: write a new file and rename it into place`);
  },
};

export function sameIdentity(a: FileIdentity, b: FileIdentity): boolean {
  return (
    a.device === b.device &&
    a.inode === b.inode &&
    a.size === b.size &&
    a.modified === b.modified &&
    a.changed === b.changed
  );
}

/**
 * How old a file must have been when it was read for its identity to stand for its content: a later write within
 * the same tick of the file system's clock leaves every time stamp as it was ("racy git"). The coarsest in use
 * (FAT, some network file systems) tick every two seconds.
 */
const settledAfterMs = 2_500;

/** Whether the file was old enough when it was looked at, milliseconds since the epoch. */
export function isSettled({ modified, changed }: FileIdentity, readAt: number): boolean {
  const newest = modified > changed ? modified : changed;
  return BigInt(Math.floor(readAt)) - newest / 1_000_000n > BigInt(settledAfterMs);
}

async function identityOf(path: string): Promise<FileIdentity | undefined> {
  try {
    return identityIn(await stat(path, { bigint: true }));
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw unreadable(`stat ${path}: ${systemErrorText(error)}`);
  }
}

async function entryOf(path: string): Promise<BigIntStats | undefined> {
  try {
    return await lstat(path, { bigint: true });
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw unreadable(`stat ${path}: ${systemErrorText(error)}`);
  }
}

function identityIn({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): FileIdentity {
  return { device: dev, inode: ino, size, modified: mtimeNs, changed: ctimeNs };
}

/** ENOENT alone; ENOTDIR means that the policy directory is something else, which nobody wants to pass for "none". */
function isAbsent(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}

function unreadable(message: string): CountersignError {
  return new CountersignError("POLICY_UNREADABLE", message);
}
