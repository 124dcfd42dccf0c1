import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { join } from "node:path";
import { it } from "node:test";
import { parseEndpoint } from "../runtime/runtime-endpoint.ts";
import { dataFrame, FrameCaller, requestHeaders } from "../testing/frame-caller.ts";
import {
  gatedPath,
  gateOf,
  listening,
  listenRelay,
  temporaryDirectory,
} from "../testing/relay-on-sockets.ts";
import { emptyFrame, errorCode, frameType, goaway } from "./frame.ts";
import { frameMessage } from "./grpc-message.ts";

it("a runtime's GOAWAY does not call back a gated call, and gives back what the runtime will not answer", async () => {
  await using built = new AsyncDisposableStack();
  const directory = await temporaryDirectory(built);
  const server = createServer();
  const connected = once(server, "connection") as Promise<[Socket]>;
  await listening(server, join(directory, "runtime.sock"));
  built.defer(() => void server.close());
  const release = Promise.withResolvers<void>();
  const gate = gateOf(async () => {
    await release.promise;
    return { type: "answer", message: Buffer.of(1), metadata: [] };
  });
  const relayed = built.use(
    await listenRelay(parseEndpoint(join(directory, "runtime.sock")), gate, directory),
  );
  using caller = await FrameCaller.greet(relayed.socket);
  const [runtime] = await connected;
  runtime.on("error", () => undefined).resume();
  caller.write(requestHeaders(1, "/a.Service/First", true), requestHeaders(3, "/a.Service/Second", true));
  caller.write(requestHeaders(5, gatedPath), dataFrame(5, frameMessage(Buffer.of(0)), true));
  while (gate.asked.length === 0) await new Promise(setImmediate);

  runtime.write(
    Buffer.concat([emptyFrame(frameType.settings, 0, 0, 0), goaway(1, errorCode.noError, "restart")]),
  );
  const told = await caller.nextOf(frameType.goaway);
  assert.equal(told.bytes.readUInt32BE(9), 5);
  assert.match(told.bytes.toString("latin1"), /restart$/);
  const givenBack = await caller.nextOf(frameType.rstStream, 3);
  assert.equal(givenBack.bytes.readUInt32BE(9), errorCode.refusedStream);

  runtime.destroy();
  assert.equal((await caller.headersOn(1)).get("grpc-status"), "14");
  release.resolve();
  assert.equal((await caller.headersOn(5)).get(":status"), "200");
  assert.equal((await caller.headersOn(5)).get("grpc-status"), "0");
  await caller.closed();
});
