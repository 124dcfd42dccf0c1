import { lstat, open, unlink } from "node:fs/promises";
import { dirname } from "node:path";
import { makeDirectory } from "@countersign/sources/files/make-directory";
import { writeAtomically, writeDisposable } from "@countersign/sources/files/write-atomically";
import { isMissing } from "@countersign/sources/system-error";

/** What a node's sync does to its disk. Every call may throw what the operating system says. */
export interface DiskWrites {
  /** Writes a file whole or not at all, so that it lasts; makes its directory where there is none. Takes room for both contents. */
  write(path: string, content: string, mode: number): Promise<void>;
  /** As {@link write}, for what can be had again: it need not outlast a crash. */
  writeDisposable(path: string, content: string, mode: number): Promise<void>;
  /**
   * Writes a content that is no longer than the file's over it, for which no more room is needed. Whoever reads it meanwhile, or
   * after a crash, meets what nobody can read: no policy, and not one put together from both.
   * @returns false, with nothing done, if it is no regular file of one name, or is shorter
   */
  shrink(path: string, content: string): Promise<boolean>;
  /** Of a file; one that is not there is gone, and what is no file stays. */
  remove(path: string): Promise<void>;
}

export const systemDisk: DiskWrites = {
  write: (path, content, mode) => inDirectory(path, mode, () => writeAtomically(path, content, mode)),
  writeDisposable: (path, content, mode) =>
    inDirectory(path, mode, () => writeDisposable(path, content, mode)),
  async shrink(path, content) {
    const bytes = Buffer.from(content);
    const there = await lstat(path).catch((error) => {
      if (!isMissing(error)) throw error;
    });
    if (there?.isFile() !== true || there.nlink !== 1) return false;
    if (there.size < bytes.length || bytes.length < 2) return false;
    const file = await open(path, "r+");
    try {
      // neither JSON nor YAML has this character: until it is replaced, what follows it is read by nobody
      await file.write("\0", 0);
      await file.sync();
      await file.write(bytes, 1, bytes.length - 1, 1);
      await file.truncate(bytes.length);
      await file.sync();
      await file.write(bytes, 0, 1, 0);
      await file.sync();
    } finally {
      await file.close();
    }
    return true;
  },
  async remove(path) {
    await unlink(path).catch((error) => {
      if (!["ENOENT", "ENOTDIR", "EISDIR"].includes(error.code)) throw error;
    });
  },
};

/** Makes the directory where there is none; whoever may read the file may enter it. */
async function inDirectory(path: string, mode: number, write: () => Promise<void>): Promise<void> {
  try {
    await write();
  } catch (error) {
    if (!isMissing(error)) throw error;
    await makeDirectory(dirname(path), mode | ((mode & 0o444) >> 2));
    await write();
  }
}
