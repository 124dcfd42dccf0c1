import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { requirePart } from "@countersign/engine/cluster/parse-publication";
import { type Digest, digestHex } from "@countersign/engine/values/digest";
import { makeDirectory } from "@countersign/sources/files/make-directory";
import { readRegularFile } from "@countersign/sources/files/read-file";
import { writeAtomically, writeDisposable } from "@countersign/sources/files/write-atomically";

/** What a node has already: the last index it applied, and the parts of it. */
export interface PartStore {
  /** undefined before the first one */
  index(): Promise<string | undefined>;
  /** undefined if it is not here, or was changed */
  find(digest: Digest): Promise<string | undefined>;
  keep(digest: Digest, text: string): Promise<void>;
  /** Notes what was applied, and forgets every part that is not among `used`. */
  settle(index: string, used: ReadonlySet<Digest>): Promise<void>;
}

/** As large as an object in a cluster can be, and room to spare. */
const maxPartSize = 4 * 1024 * 1024;

/**
 * Keeps them in a directory of its own, which need not exist. What was read or kept once is remembered for as long as it is
 * used, as most parts are in every publication.
 */
export function partStore(directory: string): PartStore {
  const parts = join(directory, "parts");
  const indexFile = join(directory, "index.json");
  const nameOf = (digest: Digest) => `${digestHex(digest)}.json`;
  const known = new Map<Digest, string>();
  /** names of files; undefined until it was looked which are there */
  let onDisk: Set<string> | undefined;
  return {
    async index() {
      return await textOf(indexFile);
    },
    async find(digest) {
      if (onDisk?.has(nameOf(digest)) === false) return undefined;
      const text = known.get(digest) ?? (await textOf(join(parts, nameOf(digest))));
      try {
        if (text !== undefined && !known.has(digest)) known.set(digest, requirePart(text, digest));
        return text;
      } catch {
        return undefined;
      }
    },
    keep: (digest, text) =>
      trying(async () => {
        // before it is there: one that was not finished is removed as well
        onDisk?.add(nameOf(digest));
        await writeDisposable(join(parts, nameOf(digest)), text, 0o600);
        known.set(digest, text);
      }),
    settle: (index, used) =>
      trying(async () => {
        await writeAtomically(indexFile, index, 0o600);
        for (const digest of known.keys()) if (!used.has(digest)) known.delete(digest);
        onDisk ??= new Set(await readdir(parts));
        const wanted = new Set([...used].map(nameOf));
        for (const name of [...onDisk].filter((one) => !wanted.has(one))) {
          await rm(join(parts, name), { force: true });
          onDisk.delete(name);
        }
      }),
  };

  /** What was believed to be there may be gone when it fails. */
  async function trying(write: () => Promise<void>): Promise<void> {
    if (onDisk === undefined) await makeDirectory(parts, 0o700);
    try {
      await write();
    } catch (error) {
      onDisk = undefined;
      throw error;
    }
  }
}

async function textOf(path: string): Promise<string | undefined> {
  const reading = await readRegularFile(path, maxPartSize);
  return reading.type === "read" ? Buffer.from(reading.bytes).toString() : undefined;
}
