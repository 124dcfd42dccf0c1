import { lstat, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { parseIndex } from "@countersign/engine/cluster/parse-publication";
import { CountersignError } from "@countersign/engine/values/error";
import { readRegularFile } from "@countersign/sources/files/read-file";
import { parseKnownNamespaces } from "@countersign/sources/known-namespaces/known-namespaces";
import { isMissing } from "@countersign/sources/system-error";
import type { DiskWrites } from "./disk-writes.ts";
import { ledgerName, printOwnership, readOwnership } from "./ownership.ts";
import { holdDirectory, type StateLock } from "./state-lock.ts";

/** For whom a node's syncs write. */
export const syncTargets = ["gateway", "crio"] as const;
export type SyncTargetName = (typeof syncTargets)[number];

export interface StateParts {
  /** of `--state-dir`: each target has a directory in it */
  readonly root: string;
  readonly target: SyncTargetName;
  /** of `--known-namespaces`, which the gateway's sync alone writes */
  readonly namespacesFile: string;
  /** lists of files among them are taken over, with all files that they name */
  readonly adopts: ReadonlySet<string>;
  readonly disk: DiskWrites;
  /** undefined: {@link holdDirectory} */
  readonly hold?: typeof holdDirectory;
}

/** What one sync keeps of its own, which nobody else writes as long as it is open. */
export interface StateDirectory {
  readonly directory: string;
  readonly lock: StateLock;
  /** files of this node's syncs for other targets: path → the list that has it */
  others(): Promise<ReadonlyMap<string, string>>;
}

/**
 * Opens the directory of one target, and moves there what earlier versions kept for any target in the root itself.
 * @throws CountersignError STATE_IN_USE while another sync for the target has it, or one whose list is to be taken over lives
 */
export async function openState(parts: StateParts): Promise<StateDirectory> {
  const { root, target, adopts } = parts;
  const directory = join(root, target);
  const lock = await holdWithRoom(directory, `countersign sync --target ${target}`, parts.hold);
  try {
    const old = await readOwnership(root);
    const isOwn = old.size > 0 && (await targetOf(old, parts)) === target;
    if (isOwn || adopts.has(join(root, ledgerName))) await takeOver(root, directory, parts.disk);
    for (const other of otherTargets(target)) {
      if (!adopts.has(join(root, other, ledgerName))) continue;
      await takeOverFrom(other, directory, parts);
    }
  } catch (error) {
    await lock.release();
    throw error;
  }
  return {
    ...{ directory, lock },
    async others() {
      const files = new Map<string, string>();
      for (const place of [root, ...otherTargets(target).map((other) => join(root, other))]) {
        for (const path of await readOwnership(place)) files.set(path, join(place, ledgerName));
      }
      return files;
    },
  };
}

/**
 * A disk that this program filled must not keep it from starting. Parts are the one thing that nobody misses, not even another sync
 * that turns out to live: it fetches them again.
 */
async function holdWithRoom(directory: string, what: string, hold = holdDirectory): Promise<StateLock> {
  try {
    return await hold(directory, what);
  } catch (error) {
    if (CountersignError.from(error).code !== "DISK_FULL") throw error;
    await rm(join(directory, "parts"), { recursive: true, force: true });
    return await hold(directory, what);
  }
}

const otherTargets = (target: SyncTargetName) => syncTargets.filter((other) => other !== target);

/** A gateway's sync writes which namespaces are known, and CRI-O's never does. */
async function targetOf(files: ReadonlySet<string>, { namespacesFile }: StateParts): Promise<SyncTargetName> {
  if (files.has(namespacesFile)) return "gateway";
  for (const path of files) if (await namesNamespaces(path)) return "gateway";
  return "crio";
}

const maxNamespacesFile = 16 * 1024 * 1024;

async function namesNamespaces(path: string): Promise<boolean> {
  const reading = await readRegularFile(path, maxNamespacesFile);
  if (reading.type !== "read") return false;
  try {
    parseKnownNamespaces(reading.bytes, path);
    return true;
  } catch {
    return false;
  }
}

async function takeOverFrom(other: SyncTargetName, directory: string, parts: StateParts): Promise<void> {
  const from = join(parts.root, other);
  if (!(await isThere(join(from, ledgerName)))) return;
  const lock = await holdDirectory(from, `countersign sync --target ${parts.target}, which takes it over`);
  try {
    await takeOver(from, directory, parts.disk);
  } finally {
    await lock.release();
  }
}

/**
 * Which files are ours comes last: whatever this breaks off, the next one finds the old list, or the new one. The generation is
 * taken along, so that nobody can bring back what was published before it; parts are fetched again.
 */
async function takeOver(from: string, to: string, disk: DiskWrites): Promise<void> {
  const [before, here] = [await generationIn(from), await generationIn(to)];
  if (before !== undefined && before > (here ?? 0)) await rename(join(from, indexName), join(to, indexName));
  const files = new Set([...(await readOwnership(to)), ...(await readOwnership(from))]);
  if (files.size > 0) await disk.write(join(to, ledgerName), printOwnership(files), 0o600);
  for (const name of [indexName, "parts", ledgerName])
    await rm(join(from, name), { recursive: true, force: true });
}

const indexName = "index.json";
const maxIndex = 4 * 1024 * 1024;

async function generationIn(directory: string): Promise<number | undefined> {
  const reading = await readRegularFile(join(directory, indexName), maxIndex);
  if (reading.type !== "read") return undefined;
  try {
    return parseIndex(Buffer.from(reading.bytes).toString()).generation;
  } catch {
    return undefined;
  }
}

async function isThere(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}
