import assert from "node:assert/strict";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, it } from "node:test";
import { configMaps } from "./api-kind.ts";
import { ApiFailure } from "./api-server.ts";
import { apiServerOverHttp } from "./api-server-over-http.ts";

const { signal } = new AbortController();

/** Never ends what it answers, and never stands still long enough to be taken for dead. */
function drip(response: ServerResponse): void {
  response.writeHead(200, { "content-type": "application/json" });
  const timer = setInterval(() => response.write(" "), 10);
  response.on("close", () => clearInterval(timer));
}

describe("an API server over HTTP", () => {
  const hanging: ReadonlyArray<readonly [how: string, answer: (response: ServerResponse) => void]> = [
    ["never answers", () => {}],
    ["answers a byte at a time, for ever", drip],
  ];
  for (const [how, answer] of hanging) {
    it(`that ${how} is given up`, { timeout: 30_000 }, async () => {
      const http = createServer((_request, response) => answer(response));
      await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
      const { port } = http.address() as AddressInfo;
      const access = { url: `http://127.0.0.1:${port}`, ca: undefined, certificate: undefined };
      const server = apiServerOverHttp({ ...access, token: async () => undefined }, 200);
      try {
        await assert.rejects(
          server.get(configMaps, { namespace: "n", name: "a" }, signal),
          (error) => error instanceof ApiFailure && error.code === "unreachable",
        );
      } finally {
        http.closeAllConnections();
        http.close();
        await server.close();
      }
    });
  }
});
