import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { pino } from "pino";
import { startSync } from "./start-sync.ts";
import { apiServerOnHttp } from "./testing/api-server/api-server-on-http.ts";
import { ObjectStore } from "./testing/api-server/object-store.ts";

describe("countersign sync --once says at its end", () => {
  let root: string;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), "countersign-sync-"));
  });
  afterEach(() => rm(root, { recursive: true }));

  const syncFrom = (url: string) =>
    startSync(
      {
        access: { url, ca: undefined, certificate: undefined, token: async () => "stale" },
        ...{ namespace: "countersign-system", node: "n1", stateDirectory: root, adopts: new Set() },
        namespacesFile: join(root, "namespaces.json"),
        target: {
          name: "gateway",
          files: { files: () => assert.fail("nothing is published") },
        },
        metrics: undefined,
        onceWithin: 400,
      },
      pino({ enabled: false }),
      new AbortController().signal,
    );

  it("that the API server does not know its token", async () => {
    const server: Server = createServer((_request, response) => {
      response.writeHead(401, { "content-type": "application/json" });
      response.end(JSON.stringify({ kind: "Status", message: "Unauthorized", reason: "Unauthorized" }));
    });
    await once(server.listen(0, "127.0.0.1"), "listening");
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    try {
      await assert.rejects(syncFrom(url), {
        code: "DEADLINE_EXCEEDED",
        message: /^nothing was applied: http:\S+ cannot be asked: Unauthorized: .*renew/,
      });
    } finally {
      server.close();
      server.closeAllConnections();
    }
  });

  it("that another sync has its directory, before it asks anybody", async () => {
    const http = await apiServerOnHttp(new ObjectStore());
    try {
      const first = syncFrom(http.url);
      await assert.rejects(syncFrom(http.url), { code: "STATE_IN_USE", message: /process \d+ on / });
      await assert.rejects(first, { code: "DEADLINE_EXCEEDED" });
      await assert.rejects(syncFrom(http.url), { code: "DEADLINE_EXCEEDED" });
    } finally {
      await http.close();
    }
  });

  it("that nothing is published there", async () => {
    const http = await apiServerOnHttp(new ObjectStore());
    try {
      await assert.rejects(syncFrom(http.url), {
        code: "DEADLINE_EXCEEDED",
        message:
          /^nothing was applied: nothing is published in namespace countersign-system: .*--system-namespace/,
      });
    } finally {
      await http.close();
    }
  });
});
