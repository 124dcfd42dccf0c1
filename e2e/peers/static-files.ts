import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { join, normalize } from "node:path";

/** A web server that has nothing but the files below a directory, as one for signatures is. */
export interface StaticFiles {
  /** `http://127.0.0.1:PORT` */
  readonly address: string;
  close(): Promise<void>;
}

/** @param port any one that is free, unless it is to be the same as before */
export async function serveFiles(directory: string, port = 0): Promise<StaticFiles> {
  const server = createServer(async ({ url = "/" }, response) => {
    const path = normalize(decodeURIComponent(new URL(url, "http://files").pathname));
    const content = await readFile(join(directory, path)).catch(() => undefined);
    response.statusCode = content === undefined ? 404 : 200;
    response.end(content);
  }).listen(port, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("a TCP server has a port");
  return {
    address: `http://127.0.0.1:${address.port}`,
    async close() {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
