import { randomUUID } from "node:crypto";
import { constants } from "node:fs";
import { link, lstat, open, readdir, rename, rm } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import { hostname } from "node:os";
import { join } from "node:path";
import { CountersignError } from "@countersign/engine/values/error";
import { makeDirectory } from "@countersign/sources/files/make-directory";
import { isOutOfSpace, systemErrorText } from "@countersign/sources/system-error";
import { holderOf } from "./lock-holder.ts";

/** That nobody else writes to a directory as long as it is held. */
export interface StateLock {
  /** @throws CountersignError STATE_IN_USE if somebody took the directory all the same, by removing what it is held by */
  requireHeld(): Promise<void>;
  release(): Promise<void>;
}

const mostAttempts = 20;
/** As old is no socket that somebody has just made and does not listen at yet; milliseconds. */
const abandonedAfter = 60_000;

const lockName = "lock";
/**
 * Holds a directory by a listening socket in it: the kernel closes that when its process ends, however it does, so that nothing is
 * left to be cleared away by hand, and it answers across the PID and network namespaces of containers on one node, in which a number
 * of a process says nothing. It is put into its place by link(2), which fails where somebody else's is already.
 *
 * @param directory made if it is not there
 * @param what is done there, for the one who comes second
 * @throws CountersignError STATE_IN_USE while another process holds it, DISK_FULL if there is no room for the socket, CONFIG_INVALID if
 *   the file system has no sockets or cannot be written to, or something else has the name of the socket
 */
export async function holdDirectory(directory: string, what: string): Promise<StateLock> {
  try {
    return await hold(directory, what);
  } catch (error) {
    if (error instanceof CountersignError) throw error;
    const why = systemErrorText(error);
    throw isOutOfSpace(error)
      ? new CountersignError(
          "DISK_FULL",
          `${directory} has no room for anything: ${why}; free space or inodes there`,
        )
      : new CountersignError(
          "CONFIG_INVALID",
          `${directory} cannot be held by a socket in it: ${why}; let --state-dir be on a local file system that can be written to`,
          { cause: error },
        );
  }
}

async function hold(directory: string, what: string): Promise<StateLock> {
  await makeDirectory(directory, 0o700);
  const place = join(directory, lockName);
  const opened = await open(directory, constants.O_RDONLY | constants.O_DIRECTORY);
  // an address of a unix socket has 107 bytes at most, and directories have longer names
  const near = `/proc/self/fd/${opened.fd}`;
  const made = join(near, newName());
  const server = createServer((caller) => {
    caller.on("error", () => {});
    caller.end(`process ${process.pid} on ${hostname()}, ${what}`);
  });
  server.unref();
  try {
    await listen(server, made);
    const { dev, ino } = await lstat(made);
    await takePlace(made, near, directory);
    await sweep(near);
    const isOurs = async (): Promise<boolean> => {
      const now = await lstat(place).catch(() => undefined);
      return now?.dev === dev && now.ino === ino;
    };
    return {
      async requireHeld() {
        if (await isOurs()) return;
        throw new CountersignError(
          "STATE_IN_USE",
          `${place}, by which this sync holds ${directory}, was taken away: nothing is written any more; restart this sync once no other one uses that directory`,
        );
      },
      async release() {
        if (await isOurs()) await rm(place, { force: true });
        server.close();
      },
    };
  } catch (error) {
    server.close();
    throw error;
  } finally {
    await rm(made, { force: true });
    await opened.close();
  }
}

const newName = () => `.${lockName}.${randomUUID().slice(0, 8)}`;

async function listen(server: Server, path: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(path, resolve);
  });
}

/** @param near the directory, by a short name */
async function takePlace(made: string, near: string, directory: string): Promise<void> {
  const place = join(near, lockName);
  for (let attempt = 0; attempt < mostAttempts; attempt++) {
    try {
      await link(made, place);
      return;
    } catch (error) {
      if (codeOf(error) !== "EEXIST") throw error;
    }
    if (!(await isSocket(place, directory))) continue;
    const holder = await holderOf(place);
    if (holder !== undefined) throw inUse(directory, holder);
    await removeDead(place, join(near, newName()), directory);
  }
  throw inUse(directory, "somebody who comes and goes");
}

/**
 * That a socket is there; false if nothing is.
 * @throws CountersignError CONFIG_INVALID for anything else: no sync made it, so none may remove it
 */
async function isSocket(place: string, directory: string): Promise<boolean> {
  const there = await lstat(place).catch((error) => {
    if (codeOf(error) !== "ENOENT") throw error;
  });
  if (there === undefined || there.isSocket()) return there !== undefined;
  const what = there.isDirectory() ? "a directory" : there.isSymbolicLink() ? "a link" : "a file";
  throw new CountersignError(
    "CONFIG_INVALID",
    `${join(directory, lockName)} is ${what}, and has the name of the socket by which a sync holds ${directory}: remove it, or give this sync another directory with --state-dir`,
  );
}

/** What starts left that were killed. A live one keeps what it has; what cannot be removed harms nobody. */
async function sweep(near: string): Promise<void> {
  for (const name of await readdir(near).catch(() => [])) {
    if (!/^\.lock\.[0-9a-f]{8}$/.test(name)) continue;
    const path = join(near, name);
    const there = await lstat(path).catch(() => undefined);
    if (there?.isSocket() !== true || Date.now() - there.mtimeMs < abandonedAfter) continue;
    const holder = await holderOf(path).catch(() => "somebody who cannot be asked");
    if (holder === undefined) await rm(path, { force: true }).catch(() => {});
  }
}

/**
 * Out of two who find a dead one's socket the second might remove what the first has just put there. So it is moved aside, asked
 * again, and put back if it is alive.
 */
async function removeDead(place: string, aside: string, directory: string): Promise<void> {
  try {
    await rename(place, aside);
  } catch (error) {
    if (codeOf(error) === "ENOENT") return;
    throw error;
  }
  const holder = await holderOf(aside);
  if (holder !== undefined) await link(aside, place).catch(() => {});
  await rm(aside, { force: true });
  if (holder !== undefined) throw inUse(directory, holder);
}

function inUse(directory: string, holder: string): CountersignError {
  return new CountersignError(
    "STATE_IN_USE",
    `${directory} is in use by ${holder}: two syncs would remove each other's files; stop that one, or give this one a directory of its own with --state-dir`,
  );
}

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code;
}
