import { createHash, randomUUID } from "node:crypto";
import { lstat, rename, rm, rmdir, utimes, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type Digest, digestOf } from "@countersign/engine/values/digest";
import { CountersignError } from "@countersign/engine/values/error";
import { repositoryName } from "@countersign/engine/values/image-reference";
import type { Clock } from "@countersign/engine/verify/ports";
import { makeDirectory } from "../files/make-directory.ts";
import { changeCounter } from "./change-counter.ts";
import { isExpected, ownDirectory, ownNames } from "./own-directory.ts";
import { printRecord } from "./print-record.ts";
import { maxRecordSize, readRecordOf } from "./record-file.ts";
import type { RecordedImage } from "./recorded-image.ts";
import { type ShelfEntry, ShelfIndex, type ShelfLimits } from "./shelf-index.ts";
import { turns } from "./turns.ts";
import { withOlder } from "./with-older.ts";

/**
 * Evidence by the digest of the manifest or index it is about: what a node keeps, so that it can judge an image again
 * without its registry. Nothing in it is believed: a digest covers each manifest, and signatures speak for themselves.
 * It is disposable as a whole and in every part; what is missing is fetched again. A directory that others can write to
 * is not used: not for what they may have put there, but for where its folders may lead a process that is root.
 */
export interface EvidenceShelf {
  /** what is kept of a manifest or index, the newest first; a file that is broken counts as none */
  find(digest: Digest): Promise<readonly RecordedImage[]>;
  /**
   * Keeps it with what was kept of this digest in its repository: one namespace's policy asks for other things than the
   * next one's, and what its registry gives no more is no worse for it. What is too large, or cannot be written, is told
   * to {@link ShelfEvents.failed}. Never throws: an image is no worse for it.
   */
  keep(recorded: RecordedImage): Promise<void>;
  /** changes whenever {@link keep} or a broken file changed what {@link find} answers */
  revision(digest: Digest): string;
  /** complete once `counted` is settled */
  readonly usage: { readonly files: number; readonly bytes: number };
  /** Settles when what an earlier process left has been counted, and what is too much of it is gone. Never rejects. */
  readonly counted: Promise<void>;
}

/** What operators should hear of: a shelf that cannot be written costs a registry's answer for every creation. */
export interface ShelfEvents {
  /** told once, until it works again or something else is wrong */
  failed(path: string, error: unknown): void;
  discarded(path: string, why: string): void;
}

/** Repositories of which one digest's evidence is kept. */
const maxRepositories = 16;
/** Questions of policies about one image of which it is known that the file answers them. */
const maxContents = 8;

const folderPattern = /^sha256-[0-9a-f]{64}$/;
const filePattern = /^[0-9a-f]{32}\.json$/;

/**
 * Opens a directory of evidence, which need not exist. Files are written aside and renamed, so that a crash leaves a
 * whole file or none; what an earlier process left half-written is removed. Thousands of files are counted while the
 * shelf is in use already.
 */
export function openEvidenceShelf(
  directory: string,
  limits: ShelfLimits,
  clock: Clock,
  events: ShelfEvents,
): EvidenceShelf {
  const index = new ShelfIndex();
  const revisions = changeCounter();
  const inTurn = turns();
  let isCounted = false;
  let lastFault: string | undefined;
  const counted = count().catch(failed(directory));

  function failed(path: string) {
    return (error: unknown): void => {
      const fault = error instanceof Error && "code" in error ? String(error.code) : String(error);
      if (fault !== lastFault) events.failed(path, error);
      lastFault = fault;
    };
  }

  async function count(): Promise<void> {
    const found: (readonly [name: string, entry: ShelfEntry])[] = [];
    try {
      for (const folder of await ownNames(directory, "configured")) {
        if (!folderPattern.test(folder)) continue;
        for (const file of await ownNames(join(directory, folder), "folder")) {
          const name = `${folder}/${file}`;
          const there = await lstat(join(directory, name)).catch(() => undefined);
          if (there === undefined) continue; // it went away meanwhile
          const { size, mtimeMs } = there;
          if (filePattern.test(file)) found.push([name, { size, used: mtimeMs, contents: [] }]);
          else if (clock.now() - mtimeMs > halfWrittenMs) await remove(name);
        }
      }
    } finally {
      index.addFound(found);
      isCounted = true;
      await tidy();
    }
  }

  async function tidy(): Promise<void> {
    if (!isCounted) return;
    for (const name of index.overdue(clock.now(), limits)) await remove(name);
  }

  async function remove(name: string): Promise<void> {
    index.delete(name);
    revisions.changed(dirname(name));
    try {
      await rm(join(directory, name), { force: true });
      await rmdir(join(directory, dirname(name)));
    } catch (error) {
      if (!isExpected(error)) failed(join(directory, name))(error);
    }
  }

  async function read(name: string, digest: Digest): Promise<RecordedImage | undefined> {
    const path = join(directory, name);
    try {
      return await readRecordOf(path, digest);
    } catch (error) {
      events.discarded(path, CountersignError.from(error).message);
      await remove(name);
      return undefined;
    }
  }

  async function names(folder: string): Promise<readonly string[]> {
    const isThere = await ownDirectory(directory, "configured");
    return isThere ? await ownNames(join(directory, folder), "folder") : [];
  }

  /** Remembered on disk too, but not each time: the order has to be right to the hour, not to the call. */
  async function touch(name: string): Promise<void> {
    const entry = index.get(name);
    const now = clock.now();
    if (entry === undefined) return;
    index.set(name, { ...entry, used: now });
    if (now - entry.used > hour) await utimes(join(directory, name), now / 1000, now / 1000).catch(() => {});
  }

  /** Whether the very same is on disk: writing it again would only make every remembered verdict look old. */
  async function isKept(name: string, content: string): Promise<boolean> {
    const entry = index.get(name);
    if (!entry?.contents.includes(content)) return false;
    const now = clock.now();
    try {
      await utimes(join(directory, name), now / 1000, now / 1000);
    } catch {
      return false;
    }
    index.set(name, { ...entry, used: now });
    return true;
  }

  async function write(name: string, text: string): Promise<void> {
    const folder = join(directory, dirname(name));
    const aside = join(folder, `${randomUUID()}.new`);
    try {
      await makeDirectory(folder, 0o700);
      if (!(await ownDirectory(folder, "folder"))) throw new Error(`${folder} is no directory`);
      await writeFile(aside, text, { mode: 0o600, flag: "wx" });
      await rename(aside, join(directory, name));
    } catch (error) {
      await rm(aside, { force: true }).catch(() => {});
      throw error;
    }
  }

  const folderAt = (name: string): string => join(directory, dirname(name));

  /** What was kept of it before; nothing if that is none any more. */
  async function older(name: string, digest: Digest): Promise<RecordedImage | undefined> {
    if (!(await ownDirectory(folderAt(name), "folder"))) return undefined;
    const isThere = await lstat(join(directory, name)).catch(() => undefined);
    return isThere === undefined ? undefined : await read(name, digest);
  }

  async function keepAs(name: string, digest: Digest, recorded: RecordedImage): Promise<void> {
    const alone = printRecord(recorded);
    const size = Buffer.byteLength(alone);
    if (size > maxRecordSize) throw tooLarge(size);
    await makeDirectory(directory, 0o700);
    await ownDirectory(directory, "configured");
    const content = contentOf(recorded);
    if (await isKept(name, content)) return;
    const before = await older(name, digest);
    const both = before === undefined ? recorded : withOlder(recorded, before);
    if (before !== undefined && contentOf(both) === contentOf(before))
      return await knownToBeIn(name, content);
    const together = before === undefined ? alone : printRecord(both);
    const text = Buffer.byteLength(together) > maxRecordSize ? alone : together;
    // A folder that was just emptied may be gone again before the file is in it.
    await write(name, text).catch((error) => (isExpected(error) ? write(name, text) : Promise.reject(error)));
    index.set(name, { size: Buffer.byteLength(text), used: clock.now(), contents: [content] });
    revisions.changed(dirname(name));
    lastFault = undefined;
    const [oldest, ...others] = index.namesIn(dirname(name));
    if (oldest !== undefined && others.length >= maxRepositories) await remove(oldest);
    await tidy();
  }

  /** The file holds all of it already. */
  async function knownToBeIn(name: string, content: string): Promise<void> {
    const entry = index.get(name);
    if (entry === undefined) return;
    index.set(name, { ...entry, contents: [...entry.contents.slice(-maxContents), content] });
    await isKept(name, content);
  }

  return {
    counted,

    async find(digest) {
      const folder = folderOf(digest);
      const files = await names(folder).catch((error) => {
        failed(join(directory, folder))(error);
        return [];
      });
      const found: RecordedImage[] = [];
      for (const file of files.filter((name) => filePattern.test(name)).slice(0, maxRepositories)) {
        const recorded = await read(`${folder}/${file}`, digest);
        if (recorded === undefined) continue;
        await touch(`${folder}/${file}`);
        found.push(recorded);
      }
      return found.sort((a, b) => b.at - a.at);
    },

    async keep(recorded) {
      const digest = digestOf(recorded.manifest.bytes);
      const name = `${folderOf(digest)}/${fileOf(recorded)}`;
      await inTurn(name, async () => {
        try {
          await keepAs(name, digest, recorded);
        } catch (error) {
          failed(join(directory, name))(error);
        }
      });
    },

    revision: (digest) => String(revisions.of(folderOf(digest))),
    get usage() {
      return index.usage;
    },
  };
}

/** Whoever may push beside an image can bring it there. Nothing is judged by half of what was found. */
function tooLarge(size: number): CountersignError {
  return new CountersignError(
    "TOO_LARGE",
    `the evidence of this image is ${size} bytes, and no more than ${maxRecordSize} are kept: each creation asks its registry, and fails without it; remove attestations and signatures that no policy asks for`,
  );
}

const hour = 3_600_000;
/** Older than any write takes: whoever wrote it has died. */
const halfWrittenMs = 60_000;

function folderOf(digest: Digest): string {
  return digest.replace(":", "-");
}

/** By a hash: a repository's name can be longer than a file's may be. */
function fileOf({ image }: RecordedImage): string {
  return `${hashOf(repositoryName(image.reference)).slice(0, 32)}.json`;
}

/** A name for what is in it; when it was found is no part of that. */
function contentOf(recorded: RecordedImage): string {
  return hashOf(printRecord({ ...recorded, at: 0 }));
}

function hashOf(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
