import { randomUUID } from "node:crypto";
import { lstat, rename, rm, rmdir, utimes, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Digest } from "@countersign/engine/values/digest";
import { CountersignError } from "@countersign/engine/values/error";
import type { Clock } from "@countersign/engine/verify/ports";
import { makeDirectory } from "../files/make-directory.ts";
import { changeCounter } from "./change-counter.ts";
import { hashAt, hashOf } from "./hash-of-file.ts";
import { isExpected, ownDirectory, ownNames } from "./own-directory.ts";
import { readRecordOf } from "./record-file.ts";
import type { RecordedImage } from "./recorded-image.ts";
import { type ShelfEntry, ShelfIndex, type ShelfLimits } from "./shelf-index.ts";

/** What operators should hear of: a shelf that cannot be written costs a registry's answer for every creation. */
export interface ShelfEvents {
  /** told once, until it works again or something else is wrong */
  failed(path: string, error: unknown): void;
  discarded(path: string, why: string): void;
}

/** Questions about one image of which it is known that the file answers them: for each place that a policy looks at, one more. */
const maxContents = 40;

const folderPattern = /^sha256-[0-9a-f]{64}$/;
const filePattern = /^[0-9a-f]{32}\.json$/;

const hour = 3_600_000;
/** Older than any write takes: whoever wrote it has died. */
const halfWrittenMs = 60_000;

/**
 * The files of a shelf, called `folder/file`: counted, found, read, written and removed when they are too many or too old. They
 * are written aside and renamed, so that a crash leaves a whole file or none; what an earlier process left half-written is
 * removed. Nothing is read or written in a directory that others can write to.
 */
export class ShelfFiles {
  readonly #directory: string;
  readonly #limits: ShelfLimits;
  readonly #clock: Clock;
  readonly #events: ShelfEvents;
  readonly #index = new ShelfIndex();
  readonly #revisions = changeCounter();
  /** Settles when what an earlier process left has been counted, and what is too much of it is gone. Never rejects. */
  readonly counted: Promise<void>;
  #isCounted = false;
  #lastFault: string | undefined;

  constructor(directory: string, limits: ShelfLimits, clock: Clock, events: ShelfEvents) {
    this.#directory = directory;
    this.#limits = limits;
    this.#clock = clock;
    this.#events = events;
    this.counted = this.#count().catch((error) => this.failed(directory, error));
  }

  /** complete once {@link counted} is settled */
  get usage(): { readonly files: number; readonly bytes: number } {
    return this.#index.usage;
  }

  /** changes whenever a file of the folder is written or removed */
  revision(folder: string): string {
    return String(this.#revisions.of(folder));
  }

  /** Tells of a fault, unless it is the one that was told last. */
  failed(path: string, error: unknown): void {
    const fault = error instanceof Error && "code" in error ? String(error.code) : String(error);
    if (fault !== this.#lastFault) this.#events.failed(path, error);
    this.#lastFault = fault;
  }

  pathOf(name: string): string {
    return join(this.#directory, name);
  }

  /** Names of a folder's files; none where it cannot be looked into, which is told. */
  async namesIn(folder: string): Promise<readonly string[]> {
    try {
      if (!(await ownDirectory(this.#directory, "configured"))) return [];
      const files = await ownNames(this.pathOf(folder), "folder");
      return files.filter((file) => filePattern.test(file)).map((file) => `${folder}/${file}`);
    } catch (error) {
      this.failed(this.pathOf(folder), error);
      return [];
    }
  }

  /**
   * Names of as many of a folder's files as come to so many bytes together, the smallest first: whoever keeps an image's digest
   * in repositories of his own, with much beside it, must not make everybody's containers of it wait until all that is read.
   */
  async namesWithin(
    folder: string,
    most: { readonly files: number; readonly bytes: number },
  ): Promise<readonly string[]> {
    const names = (await this.namesIn(folder)).slice(0, most.files);
    const sized = await Promise.all(
      names.map(async (name) => {
        const size = (await lstat(this.pathOf(name)).catch(() => undefined))?.size ?? 0;
        // no record is larger: what is wrong with such a file is told when it is read
        return { name, size: size <= most.bytes ? size : 0 };
      }),
    );
    const chosen: string[] = [];
    let left = most.bytes;
    for (const { name, size } of sized.toSorted((a, b) => a.size - b.size)) {
      if (size > left) break;
      chosen.push(name);
      left -= size;
    }
    return chosen;
  }

  /** A file that is broken is told of and removed: there is none then. */
  async read(name: string, digest: Digest): Promise<RecordedImage | undefined> {
    const path = this.pathOf(name);
    try {
      return await readRecordOf(path, digest);
    } catch (error) {
      this.#events.discarded(path, CountersignError.from(error).message);
      await this.#remove(name);
      return undefined;
    }
  }

  /** What is there by that name, in a folder of ours. */
  async readIfThere(name: string, digest: Digest): Promise<RecordedImage | undefined> {
    if (!(await ownDirectory(this.pathOf(dirname(name)), "folder"))) return undefined;
    const isThere = await lstat(this.pathOf(name)).catch(() => undefined);
    return isThere === undefined ? undefined : await this.read(name, digest);
  }

  /** It was of use. Remembered on disk too, but not each time: the order has to be right to the hour, not to the call. */
  async touch(name: string): Promise<void> {
    const entry = this.#index.get(name);
    const now = this.#clock.now();
    if (entry === undefined) return;
    this.#index.set(name, { ...entry, used: now });
    if (now - entry.used > hour) await utimes(this.pathOf(name), now / 1000, now / 1000).catch(() => {});
  }

  /**
   * Whether all of this content is on disk: writing it again would only make every remembered verdict look old. What became
   * of the file meanwhile is seen now, while the registry can be asked, and not when a container needs it.
   */
  async has(name: string, content: string): Promise<boolean> {
    const entry = this.#index.get(name);
    if (entry?.hash === undefined || !entry.contents.includes(content)) return false;
    if ((await hashAt(this.pathOf(name))) !== entry.hash) return false;
    await this.touch(name);
    return true;
  }

  /** From now on the file, whose bytes have this hash, is known to have all of this content. */
  async learn(name: string, content: string, hash: string): Promise<void> {
    const entry = this.#index.get(name);
    if (entry === undefined) return;
    const others = entry.hash === hash ? entry.contents.slice(-maxContents) : [];
    this.#index.set(name, { ...entry, contents: [...others, content], hash });
    await this.touch(name);
  }

  /** Makes the shelf's directory, if there is none. @throws CountersignError CONFIG_INVALID when others can write to it */
  async prepare(): Promise<void> {
    await makeDirectory(this.#directory, 0o700);
    await ownDirectory(this.#directory, "configured");
  }

  /**
   * Writes one file, and removes the one of its folder that was of use least recently if there would be too many.
   * @param content a name for what {@link has} is asked about
   */
  async write(name: string, text: string, content: string, maxInFolder: number): Promise<void> {
    // A folder that was just emptied may be gone again before the file is in it.
    const again = (error: unknown) => (isExpected(error) ? this.#write(name, text) : Promise.reject(error));
    await this.#write(name, text).catch(again);
    const size = Buffer.byteLength(text);
    const used = this.#clock.now();
    this.#index.set(name, { size, used, contents: [content], hash: hashOf(text) });
    this.#revisions.changed(dirname(name));
    this.#lastFault = undefined;
    const [oldest, ...others] = this.#index.namesIn(dirname(name));
    if (oldest !== undefined && others.length >= maxInFolder) await this.#remove(oldest);
    await this.#tidy();
  }

  async #write(name: string, text: string): Promise<void> {
    const folder = this.pathOf(dirname(name));
    const aside = join(folder, `${randomUUID()}.new`);
    try {
      await makeDirectory(folder, 0o700);
      if (!(await ownDirectory(folder, "folder"))) throw new Error(`${folder} is no directory`);
      await writeFile(aside, text, { mode: 0o600, flag: "wx" });
      await rename(aside, this.pathOf(name));
    } catch (error) {
      await rm(aside, { force: true }).catch(() => {});
      throw error;
    }
  }

  async #count(): Promise<void> {
    const found: (readonly [name: string, entry: ShelfEntry])[] = [];
    try {
      for (const folder of await ownNames(this.#directory, "configured")) {
        if (!folderPattern.test(folder)) continue;
        for (const file of await ownNames(this.pathOf(folder), "folder")) {
          const name = `${folder}/${file}`;
          const there = await lstat(this.pathOf(name)).catch(() => undefined);
          if (there === undefined) continue; // it went away meanwhile
          const { size, mtimeMs } = there;
          if (filePattern.test(file)) found.push([name, { size, used: mtimeMs, contents: [] }]);
          else if (this.#clock.now() - mtimeMs > halfWrittenMs) await this.#remove(name);
        }
      }
    } finally {
      this.#index.addFound(found);
      this.#isCounted = true;
      await this.#tidy();
    }
  }

  async #tidy(): Promise<void> {
    if (!this.#isCounted) return;
    for (const name of this.#index.overdue(this.#clock.now(), this.#limits)) await this.#remove(name);
  }

  async #remove(name: string): Promise<void> {
    this.#index.delete(name);
    this.#revisions.changed(dirname(name));
    try {
      await rm(this.pathOf(name), { force: true, recursive: true }); // it may be a directory by now
      await rmdir(this.pathOf(dirname(name)));
    } catch (error) {
      if (!isExpected(error)) this.failed(this.pathOf(name), error);
    }
  }
}
