import type { Dirent } from "node:fs";
import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";
import { type Digest, digestOf } from "@countersign/engine/values/digest";
import { CountersignError } from "@countersign/engine/values/error";
import type { Clock } from "@countersign/engine/verify/ports";
import { readRecord, readRecordOf } from "./record-file.ts";
import type { RecordedImage } from "./recorded-image.ts";

/** Evidence that was brought to a node by hand, for images whose registry it cannot ask. It is only read. */
export interface EvidenceSeed {
  /** what it has of a manifest or index, the newest first */
  find(digest: Digest): Promise<readonly RecordedImage[]>;
}

export interface SeedEvents {
  /** the directory or a part of it cannot be read */
  failed(path: string, error: unknown): void;
  /** a file that is no evidence; told once for each version of it */
  ignored(path: string, why: string): void;
}

/** More images than a node holds. */
const maxFiles = 20_000;
/** A registry's name, a repository's parts and a tag. */
const maxDepth = 32;
/** Bytes of records that are read for one image; what lies there in more copies is nobody's need. */
const maxBytesOfImage = 128 << 20;
/** Milliseconds after which new files are looked for, when something is missing. */
const freshness = 60_000;

/** A file as it was when it was read; another size or time means that it was replaced. */
interface KnownFile {
  readonly version: string;
  readonly size: number;
  /** undefined: it is no evidence */
  readonly digest: Digest | undefined;
}

/**
 * Reads a tree of records whatever their names: what `countersign policy test --record` wrote, or another node's evidence.
 * All are read once at the start, in the background, and new ones a minute after they appeared. Symbolic links are not
 * followed.
 */
export function openEvidenceSeed(directory: string, clock: Clock, events: SeedEvents): EvidenceSeed {
  let known = new Map<string, KnownFile>();
  let lookedAt = Number.NEGATIVE_INFINITY;
  let looking: Promise<void> | undefined;
  let isMissed = false;

  async function look(): Promise<void> {
    if (!(await isThere())) return;
    const found = new Map<string, KnownFile>();
    for await (const path of recordsBelow(directory, maxDepth, events)) {
      if (found.size === maxFiles) {
        events.ignored(
          path,
          `there are more than ${maxFiles} files; what is found after them is not looked at`,
        );
        break;
      }
      found.set(path, await knownFile(path));
    }
    known = found;
    lookedAt = clock.now();
  }

  /** A directory that is mounted later is looked for each time, and missed once. */
  async function isThere(): Promise<boolean> {
    try {
      await lstat(directory);
      isMissed = false;
      return true;
    } catch (error) {
      if (!isMissed) events.failed(directory, error);
      isMissed = true;
      return false;
    }
  }

  async function knownFile(path: string): Promise<KnownFile> {
    try {
      const { ino, size, mtimeMs } = await lstat(path);
      const version = `${ino} ${size} ${mtimeMs}`;
      const before = known.get(path);
      if (before?.version === version) return before;
      try {
        return { version, size, digest: digestOf((await readRecord(path)).manifest.bytes) };
      } catch (error) {
        events.ignored(path, CountersignError.from(error).message);
        return { version, size, digest: undefined };
      }
    } catch {
      return { version: "", size: 0, digest: undefined }; // it went away meanwhile
    }
  }

  async function lookOnce(): Promise<void> {
    looking ??= look().finally(() => {
      looking = undefined;
    });
    await looking;
  }

  const filesOf = (digest: Digest) => [...known].filter(([, file]) => file.digest === digest);

  void lookOnce();
  return {
    async find(digest) {
      let files = filesOf(digest);
      if (files.length === 0 && clock.now() - lookedAt > freshness) {
        await lookOnce();
        files = filesOf(digest);
      }
      const found: RecordedImage[] = [];
      let bytes = 0;
      for (const [path, { size }] of files) {
        bytes += size;
        if (bytes > maxBytesOfImage) {
          const most = `${maxBytesOfImage >> 20} MiB`;
          events.ignored(path, `there are more than ${most} of evidence for ${digest}; the rest is not read`);
          break;
        }
        const record = await readRecordOf(path, digest).catch(() => undefined);
        if (record !== undefined) found.push(record);
      }
      return found.sort((a, b) => b.at - a.at);
    },
  };
}

async function* recordsBelow(directory: string, depth: number, events: SeedEvents): AsyncGenerator<string> {
  let entries: Dirent[];
  try {
    entries = await readdir(directory, { withFileTypes: true });
  } catch (error) {
    events.failed(directory, error);
    return;
  }
  for (const entry of entries) {
    const path = join(directory, entry.name);
    if (entry.isFile() && entry.name.endsWith(".json")) yield path;
    else if (entry.isDirectory() && depth > 0) yield* recordsBelow(path, depth - 1, events);
  }
}
