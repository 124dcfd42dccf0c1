import { randomUUID } from "node:crypto";
import { open, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

/**
 * Writes a file whole or not at all: whoever reads it meanwhile, or after a crash, has the old content or the new one.
 * @throws NodeJS.ErrnoException; what was there is untouched then
 */
export async function writeAtomically(
  path: string,
  content: string | Uint8Array,
  mode: number,
): Promise<void> {
  const aside = join(dirname(path), `.${basename(path).slice(0, 64)}.${randomUUID()}.new`);
  try {
    const file = await open(aside, "wx", mode);
    try {
      await file.writeFile(content);
      // otherwise the name may reach the disk before the content does
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(aside, path);
  } catch (error) {
    await rm(aside, { force: true }).catch(() => {});
    throw error;
  }
  await syncDirectory(dirname(path));
}

/** Makes a rename last. A file system that cannot has done what it can. */
async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, "r").catch(() => undefined);
  await directory?.sync().catch(() => {});
  await directory?.close();
}
