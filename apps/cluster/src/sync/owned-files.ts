import { join } from "node:path";
import type { Digest } from "@countersign/engine/values/digest";
import { CountersignError } from "@countersign/engine/values/error";
import { removeUnfinished } from "@countersign/sources/files/write-atomically";
import { isOutOfSpace } from "@countersign/sources/system-error";
import { severalAtOnce } from "../several-at-once.ts";
import type { DiskWrites } from "./disk-writes.ts";
import {
  type FileStanding,
  noFilesAmong,
  standingOf,
  type WantedFile,
  wantedFiles,
} from "./file-standing.ts";
import { filesBeside } from "./files-beside.ts";
import { replaceInLittleRoom } from "./little-room.ts";
import { ledgerName, printOwnership, readOwnership } from "./ownership.ts";
import type { WantedFiles } from "./sync-target.ts";

/** Files of a node that this program wrote, and no others. */
export interface OwnedFiles {
  /**
   * Makes the node have exactly these of them: writes what changed, removes what is no longer among them, and then writes what is
   * to be last. When room is short it removes first, and then writes as much as there is room for.
   * @throws CountersignError CONFIG_INVALID for a file of somebody else's that is about all namespaces, or in a directory's place; nothing
   *   was changed then
   * @throws CountersignError DISK_FULL when not everything had room; nothing was written then that is to be last
   */
  replace(wanted: WantedFiles): Promise<Replaced>;
  /** Has the next {@link replace} read every file again, and mend what somebody else changed. */
  recheck(): void;
}

export interface Replaced {
  /** paths that were written or removed */
  readonly changed: readonly string[];
  /** namespaces that go by a file of somebody else's, which is left as it is, and what to do about it */
  readonly left: ReadonlyMap<string, string>;
}

export interface OwnedFilesParts {
  /** where it is remembered which files are its own */
  readonly directory: string;
  /** paths that are taken over if somebody else wrote them: written to, or removed if a namespace is to have no file */
  readonly adopts: ReadonlySet<string>;
  readonly disk: DiskWrites;
  /** files of this node's syncs for other targets: path → the list that has it */
  others(): Promise<ReadonlyMap<string, string>>;
}

/**
 * Which files are whose is remembered beside the state, written before a file is: after a crash some of them may not be
 * there, but none is there that is not remembered.
 */
export function ownedFiles({ directory, adopts, disk, others }: OwnedFilesParts): OwnedFiles {
  const ledger = join(directory, ledgerName);
  /** what was written or seen last: ten thousand files are not read again for each change of one */
  const known = new Map<string, Digest>();
  let isSwept = false;

  const remember = (paths: Iterable<string>) => disk.write(ledger, printOwnership(paths), 0o600);

  async function write({ path, content, digest }: WantedFile): Promise<void> {
    known.delete(path);
    await disk.write(path, content, 0o644);
    known.set(path, digest);
  }

  async function shrink({ path, content, digest }: WantedFile): Promise<boolean> {
    known.delete(path);
    if (!(await disk.shrink(path, content))) return false;
    known.set(path, digest);
    return true;
  }

  async function remove(path: string): Promise<void> {
    known.delete(path);
    await disk.remove(path);
  }

  /** What a sync left half written that was killed; each of its files was remembered before. */
  async function sweep(paths: Iterable<string>): Promise<void> {
    if (!isSwept) await removeUnfinished(paths);
    isSwept = true;
  }

  /** What says that all others are there. */
  async function writeLast(files: readonly WantedFile[], owned: ReadonlySet<string>): Promise<void> {
    await severalAtOnce(files, async (file) => {
      try {
        await write(file);
      } catch (error) {
        if (!isOutOfSpace(error)) throw error;
        if (!owned.has(file.path) || !(await shrink(file))) throw diskFull(file.path, 1);
      }
    });
  }

  return {
    async replace(wanted) {
      const owned = await readOwnership(directory);
      const files = wantedFiles(wanted);
      await sweep([...owned, ledger]);
      const theirs = await others();
      const changes: WantedFile[] = [];
      const foreign = new Map<string, string>();
      for (const file of files.values()) {
        const standing = await standingOf(file, known.get(file.path));
        const isOwn = owned.has(file.path);
        const list = isOwn ? undefined : theirs.get(file.path);
        const why = whyForeign(file.path, standing, isOwn || adopts.has(file.path), list);
        if (why !== undefined) foreign.set(file.path, why);
        else if (standing === "asWanted") known.set(file.path, file.digest);
        else changes.push(file);
      }
      for (const path of [...wanted.shared.keys(), ...wanted.last.keys()]) {
        const why = foreign.get(path);
        if (why !== undefined) throw new CountersignError("CONFIG_INVALID", why);
      }
      const left = new Map<string, string>();
      for (const [namespace, { path }] of wanted.namespaces) {
        const why = foreign.get(path);
        if (why !== undefined) left.set(namespace, why);
      }
      const unwanted = [...owned].filter((path) => !files.has(path));
      // somebody put something else there, which is theirs: it stays, and our list is to name it no more
      const lost = await noFilesAmong(unwanted);
      const isOurs = (path: string) => files.has(path) || (owned.has(path) && !lost.has(path));
      const beside = await filesBeside(wanted.ruledIn, isOurs);
      for (const { namespace, path, isFile } of beside) {
        const why = whyForeign(path, isFile ? "other" : "noFile", adopts.has(path), theirs.get(path));
        if (why !== undefined) left.set(namespace, why);
      }
      const takenOver = beside.filter(({ namespace }) => !left.has(namespace)).map(({ path }) => path);
      const obsolete = [...unwanted.filter((path) => !lost.has(path)), ...takenOver];
      if (changes.length + obsolete.length + lost.size === 0) return { changed: [], left };
      const own = [...files.keys()].filter((path) => !foreign.has(path));
      const first = changes.filter(({ path }) => !wanted.last.has(path));
      const isLedgerShort = own.some((path) => !owned.has(path));
      try {
        if (isLedgerShort) await remember([...own, ...obsolete]);
        await severalAtOnce(first, write);
        await severalAtOnce(obsolete, remove);
      } catch (error) {
        if (!isOutOfSpace(error)) throw error;
        const rest = first.filter(({ path, digest }) => known.get(path) !== digest);
        const isShared = (path: string) => wanted.shared.has(path);
        const short = await replaceInLittleRoom({
          ...{ changes: rest, obsolete, owned, isShared, write, shrink, remove },
          remember: async () => {
            if (isLedgerShort) await remember(own);
          },
        });
        if (short !== undefined) throw diskFull(short.path ?? ledger, short.files);
      }
      await writeLast(
        changes.filter(({ path }) => wanted.last.has(path)),
        owned,
      );
      if (obsolete.length + lost.size > 0) await remember(own).catch(ignoreOutOfSpace);
      return { changed: [...changes.map(({ path }) => path), ...obsolete], left };
    },
    recheck: () => known.clear(),
  };
}

/** A list that names files which are gone harms nobody. */
function ignoreOutOfSpace(error: unknown): void {
  if (!isOutOfSpace(error)) throw error;
}

/** @param list of another sync, that names it */
function whyForeign(
  path: string,
  standing: FileStanding,
  isTaken: boolean,
  list: string | undefined,
): string | undefined {
  if (list !== undefined) {
    return `${path} is written by another countersign sync of this node, whose list of files is ${list}: give each of them files of its own; or, if that one is no more, take over all it wrote with --adopt ${list}`;
  }
  if (standing === "noFile") return `${path} is no file, and is left alone; remove it`;
  if (standing !== "other" || isTaken) return undefined;
  return `${path} was not written by countersign sync, and is left alone; remove it, or let it be taken over with --adopt ${path}`;
}

function diskFull(path: string, files: number): CountersignError {
  const others = files > 1 ? ` and for ${files - 1} more files` : "";
  return new CountersignError(
    "DISK_FULL",
    `there is no room to write ${path}${others}; what is no longer wanted was removed: free space or inodes on that file system`,
  );
}
