import assert from "node:assert/strict";
import { Agent } from "node:http";
import type { Socket } from "node:net";
import { it } from "node:test";
import { startRegistry } from "@countersign/testkit/registry/registry";
import { directSender } from "./request-sender.ts";

it("a request that waited for another's connection is not cut off for want of one", async () => {
  await using registry = await startRegistry();
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const sockets = new Set<Socket>();
  const { createConnection } = agent as unknown as { createConnection(...call: unknown[]): Socket };
  Object.assign(agent, {
    createConnection(...call: unknown[]) {
      const socket = createConnection.apply(agent, call);
      sockets.add(socket);
      return socket;
    },
  });
  const sender = directSender({ agentFor: () => agent, connectTimeout: 60_000 });
  const request = {
    method: "GET",
    url: new URL(`http://${registry.address}/v2/`),
    headers: {},
    bodyLimit: 100,
  } as const;
  const { signal } = new AbortController();
  const ask = () =>
    new Promise<void>((ended, failed) =>
      sender.send(request, { begun() {}, data: () => undefined, ended, failed }, signal),
    );
  await Promise.all([ask(), ask(), ask(), ask()]);
  const [socket, ...others] = sockets;
  assert.ok(socket);
  assert.equal(others.length, 0);
  // whoever still waits for it to connect would end it, whoever has it by then
  assert.equal(socket.listenerCount("connect"), 0);
  agent.destroy();
});
