import { chmod, chown, link, lstat, mkdtemp, rename, rm, stat, unlink } from "node:fs/promises";
import { connect, createServer, type Server, type Socket } from "node:net";
import { dirname, join } from "node:path";
import { CountersignError } from "@countersign/engine/values/error";
import type { RuntimeEndpoint } from "./runtime/runtime-endpoint.ts";

/** What kubelets find the gateway by. */
export interface ListeningSocket {
  /** Takes no more connections and removes the socket, if it is still ours. Open connections stay. */
  close(): Promise<void>;
}

/** Without a runtime to take them from: as containerd and CRI-O create theirs. */
const defaultMode = 0o660;

/**
 * Listens on a unix socket with the owner and the mode of the runtime's, or 0660 and our own owner while the
 * runtime is not there.
 *
 * The socket is made in a directory that only we can enter and moved to its place when owner and mode are
 * right: it is never more open than meant, not even for an instant, and no symbolic link is ever followed.
 *
 * @throws CountersignError SOCKET_IN_USE when something listens there; SOCKET_UNUSABLE when the path holds
 *   anything but a socket, its directory does not exist, or the system refuses
 */
export async function listenOn(
  endpoint: RuntimeEndpoint,
  runtime: RuntimeEndpoint,
  accept: (caller: Socket) => void,
): Promise<ListeningSocket> {
  const workshop = await makeWorkshop(endpoint);
  const server = createServer(accept);
  try {
    const made = join(workshop, "s");
    await startListening(server, made);
    await likeTheRuntimes(made, runtime);
    const { dev, ino } = await lstat(made);
    await clear(endpoint, join(workshop, "old"));
    // link, not rename: it fails where rename would replace whatever came there in the meantime.
    await link(made, endpoint.path);
    return {
      async close() {
        server.close();
        const now = await lstat(endpoint.path).catch(() => undefined);
        if (now?.dev === dev && now.ino === ino) await unlink(endpoint.path);
      },
    };
  } catch (caught) {
    server.close();
    throw asSocketError(caught, endpoint);
  } finally {
    await rm(workshop, { recursive: true, force: true });
  }
}

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

function startListening(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(path, () => {
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
  const found = await lstat(endpoint.path).catch(() => undefined);
  if (found === undefined) return;
  if (!found.isSocket()) throw unusable(endpoint, "there is something that is not a socket; remove it first");
  await requireDead(endpoint, endpoint.path);
  await rename(endpoint.path, aside);
  try {
    await requireDead(endpoint, aside);
  } catch (caught) {
    await link(aside, endpoint.path);
    throw caught;
  }
}

async function requireDead(endpoint: RuntimeEndpoint, path: string): Promise<void> {
  const listener = await whoListens(path);
  if (listener === "somebody")
    throw new CountersignError(
      "SOCKET_IN_USE",
      `cannot listen on ${endpoint.url}: another process is listening on it; stop that one first`,
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
