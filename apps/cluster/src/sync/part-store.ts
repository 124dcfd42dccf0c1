import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { requirePart } from "@countersign/engine/cluster/parse-publication";
import { type Digest, digestHex } from "@countersign/engine/values/digest";
import { CountersignError } from "@countersign/engine/values/error";
import { readRegularFile } from "@countersign/sources/files/read-file";
import { isMissing, isOutOfSpace } from "@countersign/sources/system-error";
import type { DiskWrites } from "./disk-writes.ts";

/** What a node has already: the last index it applied, and the parts of it. */
export interface PartStore {
  /** undefined before the first one */
  index(): Promise<string | undefined>;
  /** undefined if it is not here, or was changed */
  find(digest: Digest): Promise<string | undefined>;
  /** Where there is no room for it, it is kept for as long as the process lives, and asked for again after that. */
  keep(digest: Digest, text: string): Promise<void>;
  /** Forgets every part that is not among `used`, for the room that they take. */
  forgetOthers(used: ReadonlySet<Digest>): Promise<void>;
  /** Notes what was applied, and forgets every part that is not among `used`. */
  settle(index: string, used: ReadonlySet<Digest>): Promise<void>;
}

/** As large as an object in a cluster can be, and room to spare. */
const maxPartSize = 4 * 1024 * 1024;

/**
 * Keeps them in a directory of its own, which need not exist. What was read or kept once is remembered for as long as it is
 * used, as most parts are in every publication.
 */
export function partStore(directory: string, disk: DiskWrites): PartStore {
  const parts = join(directory, "parts");
  const indexFile = join(directory, "index.json");
  const nameOf = (digest: Digest) => `${digestHex(digest)}.json`;
  const known = new Map<Digest, string>();
  /** names of files; undefined until it was looked which are there */
  let onDisk: Set<string> | undefined;
  /** of the parts that are known, those for which there was no room */
  const roomless = new Set<Digest>();

  async function writePart(digest: Digest, text: string): Promise<void> {
    const path = join(parts, nameOf(digest));
    // before it is there: one that was not finished is removed as well
    onDisk?.add(nameOf(digest));
    try {
      await disk.writeDisposable(path, text, 0o600);
      roomless.delete(digest);
    } catch (error) {
      if (!isOutOfSpace(error)) throw error;
      roomless.add(digest);
    }
    known.set(digest, text);
  }

  async function forgetOthers(used: ReadonlySet<Digest>): Promise<void> {
    for (const digest of known.keys()) if (!used.has(digest)) known.delete(digest);
    for (const digest of roomless) if (!used.has(digest)) roomless.delete(digest);
    onDisk ??= new Set(await namesIn(parts));
    const wanted = new Set([...used].map(nameOf));
    for (const name of [...onDisk].filter((one) => !wanted.has(one))) {
      await disk.remove(join(parts, name));
      onDisk.delete(name);
    }
  }

  return {
    async index() {
      return await textOf(indexFile);
    },
    async find(digest) {
      if (roomless.has(digest)) return known.get(digest);
      if (onDisk?.has(nameOf(digest)) === false) return undefined;
      const text = known.get(digest) ?? (await textOf(join(parts, nameOf(digest))));
      try {
        if (text !== undefined && !known.has(digest)) known.set(digest, requirePart(text, digest));
        return text;
      } catch {
        return undefined;
      }
    },
    keep: (digest, text) => trying(() => writePart(digest, text)),
    forgetOthers: (used) => trying(() => forgetOthers(used)),
    settle: (index, used) =>
      trying(async () => {
        // first, as what is written next may need the room
        await forgetOthers(used);
        for (const digest of [...roomless]) await writePart(digest, known.get(digest) ?? "");
        try {
          await disk.write(indexFile, index, 0o600);
        } catch (error) {
          if (!isOutOfSpace(error)) throw error;
          throw new CountersignError(
            "DISK_FULL",
            `there is no room to write ${indexFile}: free space or inodes there`,
          );
        }
      }),
  };

  /** What was believed to be there may be gone when it fails. */
  async function trying(write: () => Promise<void>): Promise<void> {
    try {
      await write();
    } catch (error) {
      onDisk = undefined;
      throw error;
    }
  }
}

async function namesIn(directory: string): Promise<readonly string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

async function textOf(path: string): Promise<string | undefined> {
  const reading = await readRegularFile(path, maxPartSize);
  return reading.type === "read" ? Buffer.from(reading.bytes).toString() : undefined;
}
