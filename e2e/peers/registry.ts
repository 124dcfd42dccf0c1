import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { newerProgram } from "./programs.ts";
import { openRoom, waitUntilListening } from "./room.ts";
import { makeScratch } from "./scratch.ts";

/** The distribution registry on a loopback port, plain HTTP, holding what was pushed until it closes. */
export interface Registry {
  /** `127.0.0.1:port`, as it stands in image names. */
  readonly host: string;
  /** Comes back on the same port with the same contents. */
  start(): Promise<void>;
  kill(): Promise<void>;
  close(): Promise<void>;
}

export async function startRegistry(): Promise<Registry> {
  const scratch = await makeScratch("registry");
  const port = await freePort();
  const configuration = join(scratch.path, "registry.json");
  // JSON is YAML: nothing to quote.
  await writeFile(
    configuration,
    JSON.stringify({
      version: "0.1",
      log: { level: "warn" },
      storage: { filesystem: { rootdirectory: join(scratch.path, "store") }, delete: { enabled: true } },
      http: { addr: `127.0.0.1:${port}` },
    }),
  );
  const room = await openRoom({
    program: [newerProgram("docker-registry"), "serve", configuration],
    suite: "machine",
    directory: scratch.path,
  });
  const registry: Registry = {
    host: `127.0.0.1:${port}`,
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
  await registry.start();
  return registry;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("a TCP server has a port");
  return address.port;
}
