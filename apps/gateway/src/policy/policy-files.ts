import type { BigIntStats } from "node:fs";
import { lstat, stat } from "node:fs/promises";
import { maxPolicySize } from "@countersign/engine/policy/policy-size";
import { CountersignError } from "@countersign/engine/values/error";
import { readRegularFile } from "@countersign/sources/files/read-file";
import { systemErrorText } from "@countersign/sources/system-error";
import { type FileIdentity, type FileVersion, untornVersion } from "./file-version.ts";

/** Where policies lie. Declared for the policy store, filled by {@link policyFilesOnDisk}. */
export interface PolicyFiles {
  /** undefined only when there is no directory entry of that name; @throws CountersignError POLICY_UNREADABLE */
  identify(path: string): Promise<FileIdentity | undefined>;
  /** @throws CountersignError POLICY_UNREADABLE */
  read(path: string): Promise<FileVersion>;
}

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
    const version = await untornVersion(
      () => identityOf(path),
      () => bytesOf(path),
    );
    if (version !== undefined) return version;
    throw unreadable(`${path} changes while it is read: write a new file and rename it into place`);
  },
};

async function bytesOf(path: string): Promise<Uint8Array> {
  const reading = await readRegularFile(path, maxPolicySize);
  if (reading.type === "read") return reading.bytes;
  throw unreadable(reading.message);
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
