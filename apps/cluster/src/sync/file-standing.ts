import { lstat } from "node:fs/promises";
import { type Digest, digestOf } from "@countersign/engine/values/digest";
import { CountersignError } from "@countersign/engine/values/error";
import { readRegularFile } from "@countersign/sources/files/read-file";
import { isMissing } from "@countersign/sources/system-error";
import { orNoDirectory } from "./no-directory.ts";
import type { WantedFiles } from "./sync-target.ts";

export interface WantedFile {
  /** absolute */
  readonly path: string;
  readonly content: string;
  readonly digest: Digest;
}

/** All that is wanted, by path: first what is for all, then what is for namespaces, last what is to be written last. */
export function wantedFiles({ shared, namespaces, last }: WantedFiles): ReadonlyMap<string, WantedFile> {
  const files = new Map<string, WantedFile>();
  const add = (path: string, content: string) =>
    files.set(path, { path, content, digest: digestOf(Buffer.from(content)) });
  for (const [path, content] of shared) add(path, content);
  for (const { path, content } of namespaces.values()) add(path, content);
  for (const [path, content] of last) add(path, content);
  return files;
}

/** What is at a path, compared with what is wanted there. */
export type FileStanding =
  | "absent"
  | "asWanted"
  /** a file with another content, or a link */
  | "other"
  /** a directory, a device, a FIFO */
  | "noFile";

/** As large as a file of policies can become, and much more. */
const maxSize = 256 * 1024 * 1024;

/** Those paths that somebody put a directory or a device at; what is not there is none. */
export async function noFilesAmong(paths: readonly string[]): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  for (const path of paths) {
    const there = await lstat(path).catch(() => undefined);
    if (there !== undefined && !there.isFile() && !there.isSymbolicLink()) found.add(path);
  }
  return found;
}

/** @param known what was read or written there last; undefined: it is read */
export async function standingOf(
  { path, digest }: WantedFile,
  known: Digest | undefined,
): Promise<FileStanding> {
  if (known !== undefined) return known === digest ? "asWanted" : "other";
  const reading = await readRegularFile(path, maxSize);
  if (reading.type === "read") return digestOf(reading.bytes) === digest ? "asWanted" : "other";
  const there = await lstat(path).catch((error) => {
    if (isMissing(error)) return undefined;
    throw orNoDirectory(error, path);
  });
  if (there === undefined) return "absent";
  // one that leads nowhere is somebody's as well: a program was to find something else there
  if (there.isSymbolicLink()) return "other";
  if (!there.isFile()) return "noFile";
  if (reading.type === "failed" && reading.because === "too large") return "other";
  throw new CountersignError("CONFIG_INVALID", reading.message);
}
