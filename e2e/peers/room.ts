import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createConnection, type NetConnectOpts } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { inNewerSuite } from "./programs.ts";

/**
 * A program in process and mount namespaces of its own. Whatever it starts and mounts (shims, containers, overlays) is
 * gone when the room closes, and also when the process that opened it is killed: the kernel sees to both.
 */
export interface Room {
  /** Starts the program; it must not be running. */
  start(): Promise<void>;
  /** Sends the signal and waits for the end. Gives the exit status, 128 + the signal's number if that ended it. */
  stop(signal: "KILL" | "TERM"): Promise<number>;
  /** What the program has written so far, all its starts in one. */
  log(): Promise<string>;
  close(): Promise<void>;
}

export interface RoomContents {
  readonly program: readonly [name: string, ...args: string[]];
  /** Whose /usr the program sees. */
  readonly suite: "machine" | "newer";
  /** Where the log goes. */
  readonly directory: string;
  /** Paths the program cannot be talked out of; inside the room they are empty directories of its own. */
  readonly privateDirectories?: readonly string[];
}

const script = fileURLToPath(new URL("room.sh", import.meta.url));

export async function openRoom(contents: RoomContents): Promise<Room> {
  const logFile = join(contents.directory, "log");
  const privateDirectories = contents.privateDirectories ?? [];
  const keeper = spawn(
    "unshare",
    [
      ...["--mount", "--propagation", "private", "--pid", "--fork", "--kill-child=KILL", "--mount-proc"],
      ...(contents.suite === "newer" ? [inNewerSuite] : []),
      ...["bash", script, logFile, ...privateDirectories, "--", ...contents.program],
    ],
    { stdio: ["pipe", "pipe", "inherit"] },
  );
  const ended = once(keeper, "exit");
  const answers = createInterface({ input: keeper.stdout })[Symbol.asyncIterator]();

  async function order(line: string): Promise<string> {
    keeper.stdin.write(`${line}\n`);
    const answer = await answers.next();
    if (answer.done) throw new Error(`the room of ${contents.program[0]} is closed`);
    return answer.value;
  }

  return {
    start: async () => void (await order("start")),
    stop: async (signal) => Number((await order(`stop ${signal}`)).replace("exited ", "")),
    log: () => readFile(logFile, "utf8").catch(() => ""),
    close: async () => {
      keeper.stdin.end();
      await ended;
    },
  };
}

/** Resolves when something accepts connections there; gives up after half a minute, with the end of the room's log. */
export async function waitUntilListening(room: Room, address: NetConnectOpts): Promise<void> {
  const deadline = AbortSignal.timeout(30_000);
  while (!(await acceptsConnections(address))) {
    if (deadline.aborted) {
      throw new Error(`nothing listens on ${JSON.stringify(address)}: ${(await room.log()).slice(-4000)}`);
    }
    await delay(20);
  }
}

export function acceptsConnections(address: NetConnectOpts): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(address);
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}
