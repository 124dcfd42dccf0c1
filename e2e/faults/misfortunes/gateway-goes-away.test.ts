import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { createDraw } from "@countersign/testkit/random/draw";
import { startRegistry } from "@countersign/testkit/registry/registry";
import { Violations } from "../violation.ts";
import { publishImages } from "../world/images.ts";
import type { World } from "../world/world.ts";
import { misfortunes } from "./all.ts";

/** Other misfortunes have the gateway away at any moment: what its callers do then must not end the harness. */
describe("callers whose gateway", () => {
  const callers = misfortunes.filter(({ touches }) => touches.includes("callers"));

  /** what the gateway does with each connection that it takes, and then */
  const ways: readonly (readonly [what: string, takes: (connection: Socket, gateway: Gateway) => void])[] = [
    ["is started late, and ends every connection", (connection) => connection.destroy()],
    [
      "is killed while they speak, and started again",
      (connection, gateway) => connection.once("data", () => void gateway.dieAndComeBack()),
    ],
    [
      "closes while they speak, and is started again",
      (connection, gateway) => {
        connection.once("data", () => connection.end());
        connection.once("end", () => void gateway.dieAndComeBack());
      },
    ],
  ];
  for (const [what, takes] of ways)
    for (const misfortune of callers)
      it(`${what}: ${misfortune.name}`, async () => {
        await using gateway = await openGateway(takes);
        await using registry = await startRegistry();
        const violations = new Violations();
        const images = publishImages(registry);
        const world: Pick<World, "bulkyPod" | "images"> = { bulkyPod: "b".repeat(64), images };
        const plan = misfortune.plan(createDraw(7));
        // Nobody listens yet: the first to connect have been refused when this returns.
        const beginning = plan.begin({ ...world, gateway } as unknown as World, violations);
        await gateway.start();
        const end = await beginning;
        await end();
        const kinds = new Set(violations.all.map(({ kind }) => kind));
        // Of a crowd each wants an answer: that it has none is a finding, and no fault of the harness.
        assert.deepEqual([...kinds], misfortune.name === "crowd" ? ["no answer"] : []);
      });
});

interface Gateway extends AsyncDisposable {
  readonly socket: string;
  start(): Promise<void>;
  dieAndComeBack(): Promise<void>;
}

async function openGateway(takes: (connection: Socket, gateway: Gateway) => void): Promise<Gateway> {
  const directory = await mkdtemp(join(tmpdir(), "goes-away-"));
  const socket = join(directory, "cri.sock");
  const connections = new Set<Socket>();
  let server: Server | undefined;
  async function stop(): Promise<void> {
    const stopping = server;
    server = undefined;
    const closed = stopping && once(stopping, "close");
    stopping?.close();
    for (const connection of connections) connection.destroy();
    await closed;
  }
  const gateway: Gateway = {
    socket,
    async start() {
      const started = createServer((connection) => {
        connections.add(connection);
        connection.on("error", () => undefined);
        connection.once("close", () => connections.delete(connection));
        takes(connection, gateway);
      });
      server = started;
      started.listen(socket);
      await once(started, "listening");
    },
    async dieAndComeBack() {
      if (server === undefined) return; // it is dying already
      await stop();
      await gateway.start();
    },
    async [Symbol.asyncDispose]() {
      await stop();
      await rm(directory, { recursive: true });
    },
  };
  return gateway;
}
