import type { Dirent } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { CountersignError } from "@countersign/engine/values/error";
import type { UserEnvironment } from "../environment.ts";
import { isMissing, systemErrorText } from "../system-error.ts";
import { type FileReading, readRegularFile } from "./read-file.ts";

/** Far more than any hand-written configuration; generated ones stay below it too. */
const maxFileSize = 8 * 1024 * 1024;
const maxDropIns = 1000;

export interface ConfigFile {
  readonly path: string;
  readonly text: string;
}

/**
 * The three places where container tools look for `name`, the first having the last word: the user's own, the
 * administrator's, the distribution's.
 * Source: containers/storage pkg/configfile.
 */
export function configPaths(environment: UserEnvironment, name: string): readonly string[] {
  return [
    join(environment.configHome, "containers", name),
    join(environment.systemRoot, "/etc/containers", name),
    join(environment.systemRoot, "/usr/share/containers", name),
  ];
}

/**
 * The directories of drop-ins for `name`, first one first. `extension` stays last where the name has it:
 * `registries.conf` has `registries.rootful.conf.d`, while `registries` has `registries.rootful.d`.
 */
export function dropInDirectories(
  environment: UserEnvironment,
  name: string,
  extension: string,
): readonly string[] {
  const { uid } = environment;
  const [user, ...system] = configPaths(environment, name);
  const below = (path: string): string[] => {
    const stem = path.endsWith(extension) ? path.slice(0, -extension.length) : path;
    const special = `${stem}.${uid === 0 ? "rootful" : "rootless"}${path.slice(stem.length)}.d`;
    return [...(uid === 0 ? [] : [join(special, String(uid))]), special, `${path}.d`];
  };
  return [`${user}.d`, ...system.flatMap(below)];
}

/** The first of `paths` that exists. Anything but absence stops the search: a file that must not be skipped. */
export async function readFirst(
  paths: readonly string[],
): Promise<{ readonly path: string; readonly reading: FileReading } | undefined> {
  for (const path of paths) {
    const reading = await readRegularFile(path, maxFileSize);
    if (reading.type !== "missing") return { path, reading };
  }
  return undefined;
}

/**
 * Every drop-in below `directories` whose name ends in `extension`: one per file name, the first directory's, in
 * the order of the names.
 * @param subdirectories - whose name ends so: passed over, or read like a file, which fails. Up to version 1.22 the
 *   container tools do the latter in registries.d.
 * @throws CountersignError CONFIG_INVALID when one cannot be read
 */
export async function readDropIns(
  directories: readonly string[],
  extension: string,
  subdirectories: "ignored" | "refused" = "ignored",
): Promise<readonly ConfigFile[]> {
  const chosen = new Map<string, string>();
  for (const directory of directories.toReversed()) {
    for (const entry of await entriesOf(directory)) {
      const { name } = entry;
      if (subdirectories === "ignored" && entry.isDirectory()) continue;
      if (name.endsWith(extension)) chosen.set(name, join(directory, name));
    }
  }
  if (chosen.size > maxDropIns) {
    throw new CountersignError(
      "CONFIG_INVALID",
      `${chosen.size} *${extension} files below ${directories.join(", ")}: at most ${maxDropIns} are read`,
    );
  }
  const files: ConfigFile[] = [];
  for (const name of [...chosen.keys()].sort(byBytes)) {
    const path = chosen.get(name) ?? "";
    const reading = await readRegularFile(path, maxFileSize);
    if (reading.type !== "missing") files.push({ path, text: textOf(path, reading) });
  }
  return files;
}

/**
 * A mark of byte order stays: each format has its own idea of it.
 * @throws CountersignError CONFIG_INVALID when there are no bytes to decode, or when they are no UTF-8
 */
export function textOf(path: string, reading: FileReading): string {
  if (reading.type !== "read") throw new CountersignError("CONFIG_INVALID", reading.message);
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(reading.bytes);
  } catch {
    throw new CountersignError("CONFIG_INVALID", `read ${path}: the file is not UTF-8`);
  }
}

/** Both TOML and YAML begin a comment with `#`, and allow no control characters in it: the parser refuses them. */
export function isOnlyComments(text: string): boolean {
  return text.split(/\r?\n/).every((line) => commentOrNothing.test(line));
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: it is control characters that are looked for
const commentOrNothing = /^[ \t]*(?:#[^\x00-\x08\x0a-\x1f\x7f]*)?$/;

async function entriesOf(directory: string): Promise<readonly Dirent[]> {
  try {
    return await readdir(directory, { withFileTypes: true });
  } catch (error) {
    if (isMissing(error)) return [];
    throw new CountersignError("CONFIG_INVALID", `open ${directory}: ${systemErrorText(error)}`);
  }
}

function byBytes(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
