import { readdir, rmdir } from "node:fs/promises";
import { join } from "node:path";

/** Removes the empty groups that pods leave in every hierarchy (cgroup v1 has one a controller, v2 a single one). */
export async function removeCgroups(parent: string): Promise<void> {
  const root = "/sys/fs/cgroup";
  for (const hierarchy of [root, ...(await subdirectories(root))]) {
    await removeTree(join(hierarchy, parent));
  }
}

async function removeTree(group: string): Promise<void> {
  for (const child of await subdirectories(group)) await removeTree(child);
  await rmdir(group).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT") throw error;
  });
}

async function subdirectories(directory: string): Promise<readonly string[]> {
  const entries = await readdir(directory, { withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isDirectory()).map((entry) => join(directory, entry.name));
}
