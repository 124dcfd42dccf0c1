import type { Stats } from "node:fs";
import { lstat, readdir, stat } from "node:fs/promises";
import { CountersignError } from "@countersign/engine/values/error";

/** Whoever configured the directory may have made it a link; a folder in it is made by us, and never one. */
export type Place = "configured" | "folder";

/**
 * Whether it is there and a directory, which nobody else can write to. Whoever can may have a process that writes to it as
 * root replace and remove files elsewhere, by links in the place of its folders.
 * @throws CountersignError CONFIG_INVALID when others can write to it; the system's error when it cannot be looked at
 */
export async function ownDirectory(path: string, place: Place): Promise<boolean> {
  try {
    const found = place === "configured" ? await stat(path) : await lstat(path);
    if (!found.isDirectory()) return false;
    demandOwn(path, found);
    return true;
  } catch (error) {
    if (isExpected(error)) return false;
    throw error;
  }
}

/** Names in such a directory, none when it is none. @throws as {@link ownDirectory} */
export async function ownNames(path: string, place: Place): Promise<readonly string[]> {
  if (!(await ownDirectory(path, place))) return [];
  try {
    return await readdir(path);
  } catch (error) {
    if (isExpected(error)) return [];
    throw error;
  }
}

function demandOwn(path: string, { uid, mode }: Stats): void {
  const who = whoElseWrites({ uid, mode }, process.geteuid?.() ?? uid);
  if (who === undefined) return;
  throw new CountersignError(
    "CONFIG_INVALID",
    `${path} is not used, for ${who}: remove it, or chown it and chmod go-w it if you know what is in it`,
  );
}

/** Who, besides ourselves and root, can write to a directory of this owner and mode; undefined if nobody. */
export function whoElseWrites({ uid, mode }: Pick<Stats, "uid" | "mode">, self: number): string | undefined {
  if (uid !== 0 && uid !== self) return `it belongs to user ${uid}`;
  if ((mode & 0o022) === 0) return undefined;
  return `others can write to it (mode ${(mode & 0o7777).toString(8).padStart(4, "0")})`;
}

/** Not there, or another file is still there. */
export function isExpected(error: unknown): boolean {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return code === "ENOENT" || code === "ENOTEMPTY" || code === "EEXIST";
}
