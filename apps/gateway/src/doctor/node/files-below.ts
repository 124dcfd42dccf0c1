import type { Stats } from "node:fs";
import { lstat, opendir, readlink } from "node:fs/promises";
import { join } from "node:path";
import { readRegularFile } from "@countersign/sources/files/read-file";
import { isMissing, systemErrorText } from "@countersign/sources/system-error";
import type { Barred, Missing, NodeFile, NodeFiles } from "./node-files.ts";
import { resolveOnNode } from "./resolve-on-node.ts";

/** More than any directory that is looked at has on a node; /proc of a busy one stays below it. */
const maxNames = 50_000;

/** The files below `root` on this machine: `/` for this node, another directory for an image of one. */
export function filesBelow(root: string): NodeFiles {
  const here = (path: string): string => join(root, path);
  const linkAt = async (path: string): Promise<string | undefined> =>
    (await lstat(here(path))).isSymbolicLink() ? await readlink(here(path)) : undefined;
  const resolve = (path: string): Promise<string> => resolveOnNode(path, linkAt);

  return {
    async look(path) {
      try {
        const resolved = await resolve(path);
        return { type: "found", file: describe(resolved, await lstat(here(resolved))) };
      } catch (error) {
        return failure(path, error);
      }
    },

    async read(path, limit) {
      try {
        const reading = await readRegularFile(here(await resolve(path)), limit);
        if (reading.type === "read") return reading;
        if (reading.type === "missing") return { type: "missing" };
        return barred(path, reading.message.replace(/^[a-z]+ .*?: /, ""));
      } catch (error) {
        return failure(path, error);
      }
    },

    async list(path) {
      try {
        const names: string[] = [];
        for await (const { name } of await opendir(here(await resolve(path)))) {
          if (names.push(name) > maxNames) return barred(path, `has more than ${maxNames} entries`);
        }
        return { type: "listed", names: names.sort() };
      } catch (error) {
        return failure(path, error);
      }
    },

    async linkText(path) {
      return await linkAt(path).catch(() => undefined);
    },
  };
}

function describe(path: string, found: Stats): NodeFile {
  const { uid, gid, size, mode } = found;
  return { path, kind: kindOf(found), mode: mode & 0o7777, uid, gid, size };
}

function kindOf(found: Stats): NodeFile["kind"] {
  if (found.isFile()) return "file";
  if (found.isDirectory()) return "directory";
  return found.isSocket() ? "socket" : "other";
}

function failure(path: string, error: unknown): Missing | Barred {
  return isMissing(error) ? { type: "missing" } : barred(path, systemErrorText(error));
}

function barred(path: string, why: string): Barred {
  return { type: "barred", why: `${path}: ${why}` };
}
