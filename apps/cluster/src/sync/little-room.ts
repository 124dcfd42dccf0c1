import { stat } from "node:fs/promises";
import { isOutOfSpace } from "@countersign/sources/system-error";
import type { WantedFile } from "./file-standing.ts";

/** What is left to do, and by what means, when there was no room for all of it. */
export interface LittleRoom {
  readonly changes: readonly WantedFile[];
  /** paths that are no longer wanted */
  readonly obsolete: readonly string[];
  readonly owned: ReadonlySet<string>;
  isShared(path: string): boolean;
  write(file: WantedFile): Promise<void>;
  /** whether it could be done */
  shrink(file: WantedFile): Promise<boolean>;
  remove(path: string): Promise<void>;
  /** Notes down, before any is written, which files are ours. */
  remember(): Promise<void>;
}

/** What had no room. */
export interface Shortage {
  /** one of the files; undefined: the list of them */
  readonly path: string | undefined;
  readonly files: number;
}

/**
 * Removes, and writes as much as there is room for: a disk that this program filled is to be free again when less is wanted. What is
 * for all is tried before anything is removed, as a namespace without a file of its own goes by it; then everything is, what is there
 * before what is new, what becomes shorter before what grows, and over itself where there is no room for a copy.
 * @returns undefined when there was room for all of it
 */
export async function replaceInLittleRoom(room: LittleRoom): Promise<Shortage | undefined> {
  const { changes, obsolete, owned } = room;
  const waiting = new Set(await byGrowth(changes));

  async function attempt(isTried: (path: string) => boolean): Promise<void> {
    for (const file of waiting) {
      if (!isTried(file.path)) continue;
      if (await isWritten(file)) waiting.delete(file);
    }
  }

  async function isWritten(file: WantedFile): Promise<boolean> {
    if (!(await hasRoom(() => room.write(file)))) {
      if (!owned.has(file.path)) return false;
      let isShrunk = false;
      await hasRoom(async () => {
        isShrunk = await room.shrink(file);
      });
      return isShrunk;
    }
    return true;
  }

  await attempt((path) => owned.has(path) && room.isShared(path));
  for (const path of obsolete) await room.remove(path);
  await attempt((path) => owned.has(path));
  const isRemembered = await hasRoom(() => room.remember());
  await attempt((path) => isRemembered || owned.has(path));
  const [first] = waiting;
  if (first !== undefined) return { path: first.path, files: waiting.size };
  return isRemembered ? undefined : { path: undefined, files: 1 };
}

async function hasRoom(write: () => Promise<void>): Promise<boolean> {
  try {
    await write();
    return true;
  } catch (error) {
    if (!isOutOfSpace(error)) throw error;
    return false;
  }
}

async function byGrowth(files: readonly WantedFile[]): Promise<readonly WantedFile[]> {
  const growths = new Map<WantedFile, number>();
  for (const file of files) {
    const size = await stat(file.path).then(
      (there) => there.size,
      () => 0,
    );
    growths.set(file, Buffer.byteLength(file.content) - size);
  }
  return [...files].sort((a, b) => (growths.get(a) ?? 0) - (growths.get(b) ?? 0));
}
