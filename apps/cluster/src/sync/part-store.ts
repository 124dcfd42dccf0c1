import { mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { requirePart } from "@countersign/engine/cluster/parse-publication";
import { type Digest, digestHex } from "@countersign/engine/values/digest";
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

/** Keeps them in a directory of its own, which need not exist. */
export function partStore(directory: string): PartStore {
  const parts = join(directory, "parts");
  const indexFile = join(directory, "index.json");
  const pathOf = (digest: Digest) => join(parts, `${digestHex(digest)}.json`);
  return {
    async index() {
      return await textOf(indexFile);
    },
    async find(digest) {
      const text = await textOf(pathOf(digest));
      try {
        return text === undefined ? undefined : requirePart(text, digest);
      } catch {
        return undefined;
      }
    },
    async keep(digest, text) {
      await mkdir(parts, { recursive: true, mode: 0o700 });
      await writeDisposable(pathOf(digest), text, 0o600);
    },
    async settle(index, used) {
      await mkdir(parts, { recursive: true, mode: 0o700 });
      await writeAtomically(indexFile, index, 0o600);
      const wanted = new Set([...used].map((digest) => `${digestHex(digest)}.json`));
      for (const name of await readdir(parts)) {
        if (!wanted.has(name)) await rm(join(parts, name), { force: true });
      }
    },
  };
}

async function textOf(path: string): Promise<string | undefined> {
  const reading = await readRegularFile(path, maxPartSize);
  return reading.type === "read" ? Buffer.from(reading.bytes).toString() : undefined;
}
