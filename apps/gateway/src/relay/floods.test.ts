import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { dataFrame, FrameCaller, frameOf, requestFields, requestHeaders } from "../testing/frame-caller.ts";
import { gatedPath, gateOf, openGate, relayToTestRuntime } from "../testing/relay-on-sockets.ts";
import { settledFigure } from "../testing/settled-figure.ts";
import {
  emptyFrame,
  errorCode,
  flag,
  frameType,
  headerFrames,
  max31,
  rstStream,
  windowUpdate,
} from "./frame.ts";
import { frameMessage } from "./grpc-message.ts";
import { encodeBlock, literalField } from "./header-field.ts";

const calm = errorCode.enhanceYourCalm;
const protocol = errorCode.protocolError;
const size = errorCode.frameSizeError;
const version = "/runtime.v1.RuntimeService/Version";

describe("a caller is told why and let go", () => {
  const faults: readonly (readonly [why: string, frames: readonly Buffer[], code: number])[] = [
    ["for header blocks that do not end", endless(Buffer.alloc(0), 100), calm],
    ["for header blocks that grow and grow", endless(Buffer.alloc(16_384), 20), calm],
    ["for a header list that a few bytes unfold", [bomb()], calm],
    [
      "for a header block that cannot be decoded",
      [headerFrames(1, Buffer.of(0xff, 0xff, 0xff, 0xff, 0xff), true)],
      errorCode.compressionError,
    ],
    [
      "for a frame inside a header block",
      [frameOf(frameType.headers, 0, 1, Buffer.of(0x82)), frameOf(frameType.ping, 0, 0, Buffer.alloc(8))],
      protocol,
    ],
    [
      "for another stream's CONTINUATION",
      [
        frameOf(frameType.headers, 0, 1, Buffer.of(0x82)),
        frameOf(frameType.continuation, 0, 3, Buffer.of(0x82)),
      ],
      protocol,
    ],
    [
      "for a CONTINUATION of nothing",
      [frameOf(frameType.continuation, flag.endHeaders, 1, Buffer.alloc(0))],
      protocol,
    ],
    ["for a frame longer than was ever offered", [Buffer.from([1, 0, 1, 0, 0, 0, 0, 0, 1])], size],
    ["for pushing a stream", [frameOf(frameType.pushPromise, flag.endHeaders, 1, Buffer.alloc(4))], protocol],
    ["for a stream id of the other side", [requestHeaders(2, version)], protocol],
    ["for headers on stream 0", [requestHeaders(0, version)], protocol],
    ["for data before there is a stream", [dataFrame(1, Buffer.of(1), true)], protocol],
    ["for resetting what was never begun", [rstStream(1, errorCode.cancel)], protocol],
    ["for opening the window of what was never begun", [windowUpdate(1, 1)], protocol],
    ["for opening the window by nothing", [windowUpdate(0, 0)], protocol],
    ["for opening the window too far", [windowUpdate(0, max31)], errorCode.flowControlError],
    ["for SETTINGS cut short", [frameOf(frameType.settings, 0, 0, Buffer.alloc(5))], size],
    ["for SETTINGS on a stream", [frameOf(frameType.settings, 0, 1, Buffer.alloc(6))], protocol],
    ["for more settings than there are", [frameOf(frameType.settings, 0, 0, Buffer.alloc(6 * 65))], calm],
    [
      "for an impossible window in SETTINGS",
      [frameOf(frameType.settings, 0, 0, Buffer.from([0, 4, 255, 0, 0, 0]))],
      errorCode.flowControlError,
    ],
    ["for a PING of the wrong size", [frameOf(frameType.ping, 0, 0, Buffer.alloc(7))], size],
    ["for a GOAWAY of the wrong size", [frameOf(frameType.goaway, 0, 0, Buffer.alloc(7))], size],
    [
      "for a RST_STREAM of the wrong size",
      [requestHeaders(1, version), frameOf(frameType.rstStream, 0, 1, Buffer.alloc(5))],
      size,
    ],
    [
      "for padding longer than its frame",
      [frameOf(frameType.headers, flag.padded | flag.endHeaders, 1, Buffer.of(9, 0))],
      protocol,
    ],
  ];
  for (const [why, frames, code] of faults) {
    it(why, async () => {
      await using relayed = await relayToTestRuntime();
      using caller = await FrameCaller.greet(relayed.socket);
      caller.write(...frames);
      const { bytes } = await caller.nextOf(frameType.goaway);
      assert.equal(bytes.readUInt32BE(13), code);
      await caller.closed();
      assert.equal(relayed.events.filter(({ type }) => type === "callerFault").length, 1);
      assert.equal((await relayed.client().version({})).runtimeName, "testkit");
    });
  }

  it("for not speaking HTTP/2", async () => {
    await using relayed = await relayToTestRuntime();
    using caller = await FrameCaller.connect(relayed.socket);
    caller.write(Buffer.from("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"));
    assert.match((await caller.nextOf(frameType.goaway)).bytes.toString(), /this is not HTTP\/2/);
  });

  it("for not beginning with SETTINGS", async () => {
    await using relayed = await relayToTestRuntime();
    using caller = await FrameCaller.connect(relayed.socket);
    caller.write(Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), requestHeaders(1, version));
    assert.match((await caller.nextOf(frameType.goaway)).bytes.toString(), /does not begin with SETTINGS/);
  });
});

describe("a caller cannot make the relay hold more and more", () => {
  it("by pings whose answers it does not read", async () => {
    await using relayed = await relayToTestRuntime();
    await relayed.runtime.kill();
    using caller = await FrameCaller.greet(relayed.socket);
    caller.pause();
    const pings = Buffer.concat(Array(20_000).fill(frameOf(frameType.ping, 0, 0, Buffer.alloc(8))));
    for (let round = 0; round < 60; round++) caller.write(pings);
    const [taken] = relayed.accepted;
    const settled = await settledFigure(() => taken?.bytesRead ?? 0);
    assert.ok(settled < 4_000_000, `${settled} bytes of pings were taken while no answer was`);
    caller.resume();
    while (taken?.bytesRead !== 20_400_000 + 33) await delay(2);
  });

  it("by resetting gated calls: what was asked counts until it is answered", async () => {
    const release = Promise.withResolvers<void>();
    const gate = gateOf(async () => {
      await release.promise;
      return { type: "status", status: { code: 2, message: "no" } };
    });
    await using relayed = await relayToTestRuntime(gate);
    using caller = await FrameCaller.greet(relayed.socket);
    const call = (id: number) =>
      Buffer.concat([requestHeaders(id, gatedPath), dataFrame(id, frameMessage(Buffer.of(1)), true)]);
    const ids = Array.from({ length: 512 }, (_, at) => 2 * at + 1);
    caller.write(...ids.map(call));
    while (gate.asked.length < ids.length) await new Promise(setImmediate);
    caller.write(...ids.map((id) => rstStream(id, errorCode.cancel)), call(4001));
    assert.equal((await caller.headersOn(4001)).get("grpc-status"), "8");
    assert.ok(gate.asked.every(({ signal }) => signal.aborted));
    release.resolve();
    caller.write(call(4003));
    assert.equal((await caller.headersOn(4003)).get("grpc-message"), "no");
  });

  it("by large requests that it does not finish", async () => {
    await using relayed = await relayToTestRuntime(gateOf(() => ({ type: "forward" })));
    using caller = await FrameCaller.greet(relayed.socket);
    const begun = Buffer.from([0, 1, 0, 0, 0]);
    const chunk = Buffer.alloc(16_000);
    const refused = caller.next(({ type }) => type === frameType.headers);
    for (let id = 1; id < 20; id += 2) {
      caller.write(requestHeaders(id, gatedPath), dataFrame(id, begun, false));
      for (let sent = 0; sent < 1000; sent++) caller.write(dataFrame(id, chunk, false));
    }
    const { stream } = await refused;
    assert.equal(stream, 9);
    assert.equal(relayed.runtime.calls.length, 0);
  });
});

describe("an unusual caller is served", () => {
  it("one whose decoder demands a table size update first", async () => {
    await using relayed = await relayToTestRuntime(
      gateOf(() => ({ type: "status", status: { code: 2, message: "no" } })),
    );
    using caller = await FrameCaller.connect(relayed.socket);
    const settings = frameOf(frameType.settings, 0, 0, Buffer.from([0, 1, 0, 0, 0, 100]));
    caller.write(Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), settings);
    await caller.next(({ type, flags }) => type === frameType.settings && (flags & flag.ack) !== 0);
    caller.write(requestHeaders(1, gatedPath), dataFrame(1, frameMessage(Buffer.of(1)), true));
    const { bytes } = await caller.nextOf(frameType.headers, 1);
    assert.deepEqual(bytes.subarray(9, 11), Buffer.of(0x3f, 100 - 31));
  });

  it("one that opens its windows byte by byte", async () => {
    const answer = Buffer.from("an answer");
    await using relayed = await relayToTestRuntime(
      gateOf(() => ({ type: "answer", message: answer, metadata: [] })),
    );
    using caller = await FrameCaller.connect(relayed.socket);
    const settings = frameOf(frameType.settings, 0, 0, Buffer.from([0, 4, 0, 0, 0, 0]));
    caller.write(Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), settings);
    caller.write(requestHeaders(1, gatedPath), dataFrame(1, frameMessage(Buffer.of(1)), true));
    const received: Buffer[] = [];
    for (let byte = 0; byte < answer.length + 5; byte++) {
      caller.write(windowUpdate(1, 1));
      received.push((await caller.nextOf(frameType.data, 1)).bytes.subarray(9));
    }
    assert.deepEqual(Buffer.concat(received), frameMessage(answer));
    assert.equal((await caller.headersOn(1)).get("grpc-status"), "0");
  });

  it("one that prioritises, announces settings twice and sends frames of the future", async () => {
    await using relayed = await relayToTestRuntime(openGate);
    using caller = await FrameCaller.greet(relayed.socket);
    caller.write(
      frameOf(frameType.priority, 0, 1, Buffer.alloc(5)),
      emptyFrame(frameType.settings, 0, 0, 0),
      frameOf(0xfa, 1, 77, Buffer.from("grease")),
      requestHeaders(1, version),
      dataFrame(1, frameMessage(Buffer.alloc(0)), true),
    );
    assert.equal((await caller.headersOn(1)).get(":status"), "200");
  });
});

function endless(fragment: Buffer, frames: number): readonly Buffer[] {
  return Array.from({ length: frames }, (_, at) =>
    frameOf(at === 0 ? frameType.headers : frameType.continuation, 0, 1, fragment),
  );
}

/** A field of 4,000 bytes goes into the table once and is then named a thousand times, by one byte each. */
function bomb(): Buffer {
  const indexed = Buffer.from(literalField("x", "y".repeat(4000)).wire);
  indexed[0] = 0x40;
  const head = encodeBlock(requestFields(version));
  return headerFrames(1, Buffer.concat([head, indexed, Buffer.alloc(1000, 0x80 | 62)]), true);
}
