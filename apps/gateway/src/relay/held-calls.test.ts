import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { dataFrame, FrameCaller, requestFields, requestHeaders } from "../testing/frame-caller.ts";
import { gatedPath, gateOf, relayToTestRuntime } from "../testing/relay-on-sockets.ts";
import { headerFrames } from "./frame.ts";
import { frameMessage, MessageCollector } from "./grpc-message.ts";
import { encodeBlock } from "./header-field.ts";

describe("calls that are held back", () => {
  it("are refused once their headers alone are too many bytes, and taken again when those callers are gone", async () => {
    const gate = gateOf(() => ({ type: "answer", message: new Uint8Array(), metadata: [] }));
    await using relayed = await relayToTestRuntime(gate);
    const padding = ["x-padding", "x".repeat(200_000)] as const;
    const block = encodeBlock(requestFields(gatedPath, [padding]));
    const last = 2 * 400 + 1;

    using greedy = await FrameCaller.greet(relayed.socket);
    for (let stream = 1; stream <= last; stream += 2) greedy.write(headerFrames(stream, block, false));
    assert.equal((await greedy.headersOn(last)).get("grpc-status"), "8");
    greedy.end();
    await greedy.closed();

    using modest = await FrameCaller.greet(relayed.socket);
    modest.write(requestHeaders(1, gatedPath), dataFrame(1, frameMessage(new Uint8Array()), true));
    assert.equal((await modest.headersOn(1)).get("grpc-status"), undefined);
  });
});

describe("MessageCollector", () => {
  it("puts a message together from single bytes", () => {
    const body = frameMessage(Buffer.alloc(100_000, "0123456789"));
    const collector = new MessageCollector();
    for (const byte of body) assert.equal(collector.push(Uint8Array.of(byte)), undefined);
    assert.deepEqual(collector.body(), body);
  });
});
