import { link, lstat, rename } from "node:fs/promises";
import { connect } from "node:net";
import { CountersignError } from "@countersign/engine/values/error";
import type { RuntimeEndpoint } from "../runtime/runtime-endpoint.ts";
import { unusable } from "./socket-error.ts";

/**
 * Makes room at the socket's place, unless that place is taken. A dead socket is moved aside and asked once more:
 * another gateway may have put its own there since, and that one goes back.
 * @throws CountersignError SOCKET_IN_USE or SOCKET_UNUSABLE
 */
export async function makeRoom(endpoint: RuntimeEndpoint, aside: string): Promise<void> {
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

/** What is at the socket's place. @throws CountersignError SOCKET_UNUSABLE for anything but a socket */
export async function requireSocketOrNothing(endpoint: RuntimeEndpoint): Promise<"socket" | "nothing"> {
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
