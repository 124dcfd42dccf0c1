import { chmod, chown, link, lstat, mkdtemp, rename, rm, stat } from "node:fs/promises";
import { connect, createServer, type Server, type Socket } from "node:net";
import { dirname, join } from "node:path";
import { CountersignError } from "@countersign/engine/values/error";
import type { RuntimeEndpoint } from "./runtime/runtime-endpoint.ts";

/** What kubelets find the gateway by. */
export interface ListeningSocket {
  /** fires when another socket has taken this one's place: whoever connects from now on does not reach us */
  readonly displaced: AbortSignal;
  /** whether somebody removed the socket: nobody finds us any more, and nothing else says so */
  readonly isGone: boolean;
  /** Takes no more connections and removes the socket, if it is still ours. Open connections stay. */
  close(): Promise<void>;
}

/** What to do when somebody listens where we are to. */
export type OccupiedSocket = "refuse" | "take-over";

/** Without a runtime to take them from: as containerd and CRI-O create theirs. */
const defaultMode = 0o660;

/**
 * Listens on a unix socket with the owner and the mode of the runtime's, or 0660 and our own owner while the
 * runtime is not there.
 *
 * The socket is made in a directory that only we can enter and moved to its place when owner and mode are
 * right: it is never more open than meant, not even for an instant, and no symbolic link is ever followed.
 *
 * @throws CountersignError SOCKET_IN_USE when something listens there and is not to be taken over; SOCKET_UNUSABLE
 *   when the path holds anything but a socket, its directory does not exist, or the system refuses
 */
export async function listenOn(
  endpoint: RuntimeEndpoint,
  runtime: RuntimeEndpoint,
  accept: (caller: Socket) => void,
  occupied: OccupiedSocket = "refuse",
): Promise<ListeningSocket> {
  const workshop = await makeWorkshop(endpoint);
  const server = createServer(accept);
  try {
    const made = join(workshop, "s");
    await startListening(server, made);
    await likeTheRuntimes(made, runtime);
    const { dev, ino } = await lstat(made);
    if (occupied === "take-over") {
      await requireSocketOrNothing(endpoint);
      await rename(made, endpoint.path);
    } else {
      await clear(endpoint, join(workshop, "old"));
      // link, not rename: it fails where rename would replace whatever came there in the meantime.
      await link(made, endpoint.path);
    }
    const whoseAt = async (path: string): Promise<Owner> => {
      const now = await lstat(path).catch(() => undefined);
      return now === undefined ? "nobody's" : now.dev === dev && now.ino === ino ? "ours" : "another's";
    };
    const guard = watchPlace(() => whoseAt(endpoint.path));
    return {
      displaced: guard.displaced,
      get isGone() {
        return guard.isGone;
      },
      async close() {
        guard.close();
        server.close();
        if ((await whoseAt(endpoint.path)) === "ours") await removeOwn(endpoint, whoseAt);
      },
    };
  } catch (caught) {
    server.close();
    throw asSocketError(caught, endpoint);
  } finally {
    await rm(workshop, { recursive: true, force: true });
  }
}

/**
 * Serves on a socket that a service manager has bound and keeps: it was there before us and will be there after us, and
 * between the two callers wait in the kernel. Its owner and mode are the service manager's affair.
 * @throws CountersignError SOCKET_UNUSABLE
 */
export async function listenOnPassed(
  descriptor: number,
  endpoint: RuntimeEndpoint,
  accept: (caller: Socket) => void,
): Promise<ListeningSocket> {
  const server = createServer(accept);
  try {
    await startListening(server, { fd: descriptor });
  } catch (caught) {
    throw asSocketError(caught, endpoint);
  }
  const guard = watchPlace(async () => ((await isThere(endpoint.path)) ? "ours" : "nobody's"));
  return {
    displaced: guard.displaced,
    get isGone() {
      return guard.isGone;
    },
    async close() {
      guard.close();
      server.close();
    },
  };
}

const isThere = (path: string): Promise<boolean> =>
  lstat(path).then(
    () => true,
    () => false,
  );

type Owner = "ours" | "another's" | "nobody's";

/**
 * Removes our socket, and no other: one that takes its place between a look and the removal would be removed instead, and
 * nobody would find its gateway any more. So it is moved aside first; what turns out to be another's goes back.
 */
async function removeOwn(
  endpoint: RuntimeEndpoint,
  whoseAt: (path: string) => Promise<Owner>,
): Promise<void> {
  const workshop = await makeWorkshop(endpoint).catch(() => undefined);
  if (workshop === undefined) return; // a dead socket stays, and whoever starts next replaces it
  const aside = join(workshop, "old");
  try {
    await rename(endpoint.path, aside);
    if ((await whoseAt(aside)) === "another's") await link(aside, endpoint.path);
  } catch (caught) {
    // Somebody else removed it, or took the place once more.
    const { code } = caught as NodeJS.ErrnoException;
    if (code !== "ENOENT" && code !== "EEXIST") throw asSocketError(caught, endpoint);
  } finally {
    await rm(workshop, { recursive: true, force: true });
  }
}

interface PlaceGuard {
  readonly displaced: AbortSignal;
  readonly isGone: boolean;
  close(): void;
}

/** Asks instead of being told: a node's pods use up the kernel's inotify instances, and this must not depend on them. */
function watchPlace(whose: () => Promise<Owner>): PlaceGuard {
  const displaced = new AbortController();
  let isGone = false;
  const timer = setInterval(async () => {
    const owner = await whose();
    isGone = owner === "nobody's";
    if (owner === "another's") displaced.abort();
  }, watchInterval);
  timer.unref();
  return {
    displaced: displaced.signal,
    get isGone() {
      return isGone;
    },
    close: () => clearInterval(timer),
  };
}

/** Milliseconds. A gateway that was displaced serves its callers as before; it is in no hurry to find out. */
const watchInterval = 1000;

async function makeWorkshop(endpoint: RuntimeEndpoint): Promise<string> {
  const directory = dirname(endpoint.path);
  const found = await stat(directory).catch(() => undefined);
  if (!found?.isDirectory())
    throw new CountersignError(
      "SOCKET_UNUSABLE",
      `cannot listen on ${endpoint.url}: ${directory} is not a directory; create it, owned by root and closed to others`,
    );
  try {
    return await mkdtemp(join(directory, ".cs-"));
  } catch (caught) {
    throw asSocketError(caught, endpoint);
  }
}

function startListening(server: Server, where: string | { readonly fd: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(where, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

async function likeTheRuntimes(path: string, runtime: RuntimeEndpoint): Promise<void> {
  const theirs = await stat(runtime.path).catch(() => undefined);
  if (theirs?.isSocket()) {
    const ours = await lstat(path);
    if (ours.uid !== theirs.uid || ours.gid !== theirs.gid) await chown(path, theirs.uid, theirs.gid);
    await chmod(path, theirs.mode & 0o777);
  } else {
    await chmod(path, defaultMode);
  }
}

/**
 * Makes room at the socket's place, unless that place is taken. A dead socket is moved aside and asked once more:
 * another gateway may have put its own there since, and that one goes back.
 */
async function clear(endpoint: RuntimeEndpoint, aside: string): Promise<void> {
  if ((await requireSocketOrNothing(endpoint)) === "nothing") return;
  await requireDead(endpoint, endpoint.path);
  await rename(endpoint.path, aside);
  try {
    await requireDead(endpoint, aside);
  } catch (caught) {
    await link(aside, endpoint.path);
    throw caught;
  }
}

async function requireSocketOrNothing(endpoint: RuntimeEndpoint): Promise<"socket" | "nothing"> {
  const found = await lstat(endpoint.path).catch(() => undefined);
  if (found === undefined) return "nothing";
  if (found.isSocket()) return "socket";
  throw unusable(endpoint, "there is something that is not a socket; remove it first");
}

async function requireDead(endpoint: RuntimeEndpoint, path: string): Promise<void> {
  const listener = await whoListens(path);
  if (listener === "somebody")
    throw new CountersignError(
      "SOCKET_IN_USE",
      `cannot listen on ${endpoint.url}: another process is listening on it; stop that one first, or if it is a gateway take over from it with --occupied-socket take-over`,
    );
  if (listener !== "nobody")
    throw unusable(endpoint, `the socket there can be neither used nor replaced (${listener})`);
}

/** @returns "nobody" only when the kernel says that the socket is dead; otherwise what else it says */
function whoListens(path: string): Promise<string> {
  return new Promise((resolve) => {
    const probe = connect(path);
    probe.once("connect", () => {
      probe.destroy();
      resolve("somebody");
    });
    probe.once("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "ECONNREFUSED") resolve("nobody");
      // A full backlog has an owner, too busy to say so.
      else resolve(error.code === "EAGAIN" ? "somebody" : error.message);
    });
  });
}

function unusable(endpoint: RuntimeEndpoint, why: string): CountersignError {
  return new CountersignError("SOCKET_UNUSABLE", `cannot listen on ${endpoint.url}: ${why}`);
}

function asSocketError(caught: unknown, endpoint: RuntimeEndpoint): CountersignError {
  if (caught instanceof CountersignError) return caught;
  const { code, message } = caught as NodeJS.ErrnoException;
  if (code === "EEXIST")
    return new CountersignError(
      "SOCKET_IN_USE",
      `cannot listen on ${endpoint.url}: another process was quicker`,
      {
        cause: caught,
      },
    );
  return new CountersignError("SOCKET_UNUSABLE", `cannot listen on ${endpoint.url}: ${message}`, {
    cause: caught,
  });
}
