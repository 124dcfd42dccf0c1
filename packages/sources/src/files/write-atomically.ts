import { randomUUID } from "node:crypto";
import { type FileHandle, open, readdir, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

/**
 * Writes a file whole or not at all, and so that it lasts: whoever reads it meanwhile, or after a crash, has the old content
 * or the new one.
 * @throws NodeJS.ErrnoException; what was there is untouched then
 */
export async function writeAtomically(
  path: string,
  content: string | Uint8Array,
  mode: number,
): Promise<void> {
  await replaceFile(path, content, mode, (file) => file.sync());
  await syncDirectory(dirname(path));
}

/**
 * As {@link writeAtomically}, without waiting for the disk: for what can be told to be broken after a crash, and can be
 * had again.
 */
export async function writeDisposable(
  path: string,
  content: string | Uint8Array,
  mode: number,
): Promise<void> {
  await replaceFile(path, content, mode, async () => {});
}

async function replaceFile(
  path: string,
  content: string | Uint8Array,
  mode: number,
  settle: (file: FileHandle) => Promise<void>,
): Promise<void> {
  const aside = join(dirname(path), `${unfinishedName(path)}${randomUUID()}.new`);
  try {
    const file = await open(aside, "wx", mode);
    try {
      await file.writeFile(content);
      // otherwise the name may reach the disk before the content does
      await settle(file);
    } finally {
      await file.close();
    }
    await rename(aside, path);
  } catch (error) {
    await rm(aside, { force: true }).catch(() => {});
    throw error;
  }
}

function unfinishedName(path: string): string {
  return `.${basename(path).slice(0, 64)}.`;
}

const madeUp = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\.new$/;

/**
 * Removes what writers of these files left that were killed as they wrote. Nobody may be writing them just now.
 * @param paths in any directories; one that is not there or cannot be read has nothing of it
 */
export async function removeUnfinished(paths: Iterable<string>): Promise<void> {
  const byDirectory = new Map<string, Set<string>>();
  for (const path of paths) {
    const names = byDirectory.get(dirname(path)) ?? new Set();
    byDirectory.set(dirname(path), names.add(unfinishedName(path)));
  }
  for (const [directory, names] of byDirectory) {
    for (const name of await readdir(directory).catch(() => [])) {
      if (!madeUp.test(name) || !names.has(name.replace(madeUp, ""))) continue;
      await rm(join(directory, name), { force: true });
    }
  }
}

/** Makes a rename last. A file system that cannot has done what it can. */
async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, "r").catch(() => undefined);
  await directory?.sync().catch(() => {});
  await directory?.close();
}
