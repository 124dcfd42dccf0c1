import { createHash, randomUUID } from "node:crypto";
import { mkdir, readdir, rename, rm, rmdir, stat, utimes, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type Digest, digestOf } from "@countersign/engine/values/digest";
import { CountersignError } from "@countersign/engine/values/error";
import { repositoryName } from "@countersign/engine/values/image-reference";
import type { Clock } from "@countersign/engine/verify/ports";
import { readRegularFile } from "../files/read-file.ts";
import { parseRecord } from "./parse-record.ts";
import { printRecord } from "./print-record.ts";
import type { RecordedImage } from "./record-image.ts";
import { ShelfIndex, type ShelfLimits } from "./shelf-index.ts";

/**
 * Evidence by the digest of the manifest or index it is about: what a node keeps, so that it can judge an image again
 * without its registry. Nothing in it is believed: a digest covers each manifest, and signatures speak for themselves.
 * It is disposable as a whole and in every part; what is missing is fetched again.
 */
export interface EvidenceShelf {
  /** what is kept of a manifest or index, the newest first; a file that is broken counts as none */
  find(digest: Digest): Promise<readonly RecordedImage[]>;
  /** Keeps it in place of what was kept of this digest in its repository. Never throws: an image is no worse for it. */
  keep(recorded: RecordedImage): Promise<void>;
  /** changes whenever {@link find} could have another answer */
  revision(digest: Digest): string;
  readonly usage: { readonly files: number; readonly bytes: number };
}

/** What operators should hear of: a shelf that cannot be written costs a registry's answer for every creation. */
export interface ShelfEvents {
  failed(path: string, error: unknown): void;
  discarded(path: string, why: string): void;
}

/** One file's limit: the manifests and signatures that sources read of one image, as JSON text, and room to spare. */
const maxFileSize = 64 * 1024 * 1024;
/** Repositories of which one digest's evidence is kept. */
const maxRepositories = 16;

const folderPattern = /^sha256-[0-9a-f]{64}$/;
const filePattern = /^[0-9a-f]{32}\.json$/;

/**
 * Opens a directory of evidence, which need not exist. Files are written aside and renamed, so that a crash leaves a
 * whole file or none; what an earlier process left half-written is removed.
 */
export async function openEvidenceShelf(
  directory: string,
  limits: ShelfLimits,
  clock: Clock,
  events: ShelfEvents,
): Promise<EvidenceShelf> {
  const index = new ShelfIndex();
  const revisions = changeCounter();
  await scan().catch((error) => events.failed(directory, error));

  async function scan(): Promise<void> {
    const found: { readonly name: string; readonly size: number; readonly used: number }[] = [];
    for (const folder of await listing(directory)) {
      if (!folderPattern.test(folder)) continue;
      for (const file of await listing(join(directory, folder))) {
        const name = `${folder}/${file}`;
        if (!filePattern.test(file)) await remove(name);
        else {
          const { size, mtimeMs } = await stat(join(directory, name));
          found.push({ name, size, used: mtimeMs });
        }
      }
    }
    for (const { name, ...entry } of found.sort((a, b) => a.used - b.used)) index.set(name, entry);
    await tidy();
  }

  async function tidy(): Promise<void> {
    for (const name of index.overdue(clock.now(), limits)) await remove(name);
  }

  async function remove(name: string): Promise<void> {
    index.delete(name);
    revisions.changed(dirname(name));
    try {
      await rm(join(directory, name), { force: true });
      if (index.namesIn(dirname(name)).length === 0) await rmdir(join(directory, dirname(name)));
    } catch (error) {
      if (!isExpected(error)) events.failed(join(directory, name), error);
    }
  }

  async function read(name: string, digest: Digest): Promise<RecordedImage | undefined> {
    const path = join(directory, name);
    const reading = await readRegularFile(path, maxFileSize);
    try {
      if (reading.type !== "read") throw new CountersignError("EVIDENCE_UNUSABLE", reading.message);
      const recorded = parseRecord(reading.bytes);
      if (digestOf(recorded.manifest.bytes) !== digest)
        throw new CountersignError("EVIDENCE_UNUSABLE", "it is about another manifest");
      return recorded;
    } catch (error) {
      events.discarded(path, CountersignError.from(error).message);
      await remove(name);
      return undefined;
    }
  }

  /** Remembered on disk too, but not each time: the order has to be right to the hour, not to the call. */
  async function touch(name: string): Promise<void> {
    const entry = index.get(name);
    const now = clock.now();
    if (entry === undefined) return;
    index.set(name, { ...entry, used: now });
    if (now - entry.used > hour) await utimes(join(directory, name), now / 1000, now / 1000).catch(() => {});
  }

  return {
    async find(digest) {
      const found: RecordedImage[] = [];
      for (const name of index.namesIn(folderOf(digest)).toReversed()) {
        const recorded = await read(name, digest);
        if (recorded === undefined) continue;
        await touch(name);
        found.push(recorded);
      }
      return found.sort((a, b) => b.at - a.at);
    },

    async keep(recorded) {
      const folder = folderOf(digestOf(recorded.manifest.bytes));
      const name = `${folder}/${fileOf(recorded)}`;
      const path = join(directory, name);
      const aside = join(directory, folder, `${randomUUID()}.new`);
      try {
        const text = printRecord(recorded);
        const size = Buffer.byteLength(text);
        if (size > maxFileSize) return;
        await mkdir(join(directory, folder), { recursive: true, mode: 0o700 });
        await writeFile(aside, text, { mode: 0o600, flag: "wx" });
        await rename(aside, path);
        index.set(name, { size, used: clock.now() });
        revisions.changed(folder);
        const [oldest, ...others] = index.namesIn(folder);
        if (oldest !== undefined && others.length >= maxRepositories) await remove(oldest);
        await tidy();
      } catch (error) {
        events.failed(path, error);
        await rm(aside, { force: true }).catch(() => {});
      }
    },

    revision: (digest) => String(revisions.of(folderOf(digest))),
    get usage() {
      return index.usage;
    },
  };
}

/** Folders whose last change is remembered; forgetting one counts as a change of all. */
const maxRevisions = 4096;

function changeCounter() {
  const last = new Map<string, number>();
  let count = 0;
  let forgotten = 0;
  return {
    changed(folder: string): void {
      last.set(folder, ++count);
      if (last.size <= maxRevisions) return;
      last.clear();
      forgotten = count;
    },
    of: (folder: string): number => last.get(folder) ?? forgotten,
  };
}

const hour = 3_600_000;

function folderOf(digest: Digest): string {
  return digest.replace(":", "-");
}

/** By a hash: a repository's name can be longer than a file's may be. */
function fileOf({ image }: RecordedImage): string {
  const name = repositoryName(image.reference);
  return `${createHash("sha256").update(name).digest("hex").slice(0, 32)}.json`;
}

async function listing(path: string): Promise<readonly string[]> {
  try {
    return await readdir(path);
  } catch (error) {
    if (isExpected(error)) return [];
    throw error;
  }
}

/** Not there, or another file is still there. */
function isExpected(error: unknown): boolean {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return code === "ENOENT" || code === "ENOTEMPTY" || code === "EEXIST" || code === "ENOTDIR";
}
