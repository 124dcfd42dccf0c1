import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { freePort } from "./free-port.ts";
import { newerProgram } from "./programs.ts";
import { openRoom, waitUntilListening } from "./room.ts";
import { makeScratch, type Scratch } from "./scratch.ts";
import { startedOrClosed } from "./started-or-closed.ts";

/** The distribution registry on a loopback port, plain HTTP, holding what was pushed until it closes. */
export interface Registry {
  /** `127.0.0.1:port`, as it stands in image names. */
  readonly host: string;
  /** Where it keeps what was pushed. */
  readonly store: string;
  /** Comes back on the same port with the same contents. */
  start(): Promise<void>;
  kill(): Promise<void>;
  close(): Promise<void>;
}

export async function startRegistry(): Promise<Registry> {
  const scratch = await makeScratch("registry");
  return serve(scratch, join(scratch.path, "store"), {});
}

/** Serves what another registry holds, at an address of its own, to those who know its one account. */
export async function startPrivateRegistry(open: Registry): Promise<Registry> {
  const scratch = await makeScratch("private");
  const path = join(scratch.path, "htpasswd");
  await writeFile(path, `${account.username}:${account.bcrypt}\n`);
  return serve(scratch, open.store, { auth: { htpasswd: { realm: "private", path } } });
}

/** The account of {@link startPrivateRegistry}. */
export const account = {
  username: "puller",
  password: "s3cret-of-the-pull",
  /** The password's, at the least cost there is: it protects nothing. */
  bcrypt: "$2b$04$abcdefghijklmnopqrstuuqNQgbyLgs/5ZsUUNa3umOILb8DlD2ry",
} as const;

async function serve(scratch: Scratch, store: string, extra: object): Promise<Registry> {
  const port = await freePort();
  const configuration = join(scratch.path, "registry.json");
  // JSON is YAML: nothing to quote.
  await writeFile(
    configuration,
    JSON.stringify({
      version: "0.1",
      log: { level: "warn" },
      storage: { filesystem: { rootdirectory: store } },
      http: { addr: `127.0.0.1:${port}` },
      ...extra,
    }),
  );
  const room = await openRoom({
    program: [newerProgram("docker-registry"), "serve", configuration],
    suite: "machine",
    directory: scratch.path,
  });
  const registry: Registry = {
    host: `127.0.0.1:${port}`,
    store,
    start: async () => {
      await room.start();
      await waitUntilListening(room, { host: "127.0.0.1", port });
    },
    kill: async () => void (await room.stop("KILL")),
    close: async () => {
      await room.close();
      await scratch.remove();
    },
  };
  return await startedOrClosed(registry);
}
