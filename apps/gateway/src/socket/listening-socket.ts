import { chmod, chown, link, lstat, rename, rm, stat } from "node:fs/promises";
import { createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import type { RuntimeEndpoint } from "../runtime/runtime-endpoint.ts";
import { makeRoom, requireSocketOrNothing } from "./make-room.ts";
import { type Owner, watchPlace } from "./place-guard.ts";
import { removeOwn } from "./remove-own.ts";
import { asSocketError } from "./socket-error.ts";
import { makeWorkshop } from "./workshop.ts";

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
      await makeRoom(endpoint, join(workshop, "old"));
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

function startListening(server: Server, where: string | { readonly fd: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(where, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

/** Without a runtime to take them from: as containerd and CRI-O create theirs. */
const defaultMode = 0o660;

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
