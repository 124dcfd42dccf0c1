import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { isMissing } from "@countersign/sources/system-error";
import { orNoDirectory } from "./no-directory.ts";
import type { NamespaceDirectory } from "./sync-target.ts";

/** Something in the place of a namespace's file. */
export interface FileBeside {
  readonly namespace: string;
  readonly path: string;
  readonly isFile: boolean;
}

/**
 * What rules a namespace without being wanted: whoever reads the directory goes by it instead of by what is for all.
 * @param isOurs whether this program wrote or writes what is at a path
 */
export async function filesBeside(
  { directory, namespaces }: NamespaceDirectory,
  isOurs: (path: string) => boolean,
): Promise<readonly FileBeside[]> {
  const entries = await readdir(directory, { withFileTypes: true }).catch((error) => {
    if (isMissing(error)) return [];
    throw orNoDirectory(error, directory);
  });
  return entries.flatMap((entry) => {
    const [, namespace = ""] = /^(.*)\.json$/s.exec(entry.name) ?? [];
    const path = join(directory, entry.name);
    if (!namespaces.has(namespace) || isOurs(path)) return [];
    return [{ namespace, path, isFile: entry.isFile() || entry.isSymbolicLink() }];
  });
}
