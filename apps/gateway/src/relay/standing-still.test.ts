import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { testPaths } from "@countersign/testkit/runtime/test-service";
import { dataFrame, FrameCaller, frameOf, requestHeaders } from "../testing/frame-caller.ts";
import { gatedPath, gateOf, type RelayedRuntime, relayToTestRuntime } from "../testing/relay-on-sockets.ts";
import { settledFigure } from "../testing/settled-figure.ts";
import { clientPreface, frameType, windowUpdate } from "./frame.ts";
import { frameMessage } from "./grpc-message.ts";
import { lookEvery } from "./standstill.ts";

const version = "/runtime.v1.RuntimeService/Version";
const wide = [
  frameOf(frameType.settings, 0, 0, Buffer.of(0, 4, 0x7f, 0xff, 0xff, 0xff)),
  windowUpdate(0, 2 ** 30),
];
const answering = gateOf(() => ({ type: "answer", message: Buffer.alloc(100_000), metadata: [] }));

describe("a caller that stands still", () => {
  it("is cut off when it does not read what the runtime sends, and the runtime has its connection back", async () => {
    await using relayed = await relayToTestRuntime();
    using caller = await FrameCaller.connect(relayed.socket);
    caller.pause();
    const asked = relayed.runtime.next(/./);
    caller.write(clientPreface, ...wide, call(1, testPaths.bytes, "50000000"));
    await asked;
    await lookUntil(relayed, () => relayed.events.some(({ type }) => type === "callerFault"));
    assert.deepEqual(faults(relayed), ["it does not read what waits for it for 60 seconds"]);
    caller.resume();
    await caller.closed();
    await lookUntil(relayed, () => relayed.runtime.connections === 0);
  });

  it("is cut off when it does not read what is answered here", async () => {
    await using relayed = await relayToTestRuntime(answering);
    using caller = await FrameCaller.connect(relayed.socket);
    caller.pause();
    caller.write(
      clientPreface,
      ...wide,
      ...Array.from({ length: 100 }, (_, at) => call(2 * at + 1, gatedPath, "")),
    );
    await settledFigure(() => relayed.accepted[0]?.bytesRead ?? 0);
    await lookUntil(relayed, () => faults(relayed).length > 0);
    assert.deepEqual(faults(relayed), ["it does not read what waits for it for 60 seconds"]);
  });

  it("is let go when it never says a word", async () => {
    await using relayed = await relayToTestRuntime();
    using caller = await FrameCaller.connect(relayed.socket);
    await lookUntil(relayed, () => faults(relayed).length > 0);
    assert.deepEqual(faults(relayed), ["it has not begun to speak HTTP/2 for 60 seconds"]);
    await caller.closed();
  });

  it("is looked at no longer than it is there: no timer keeps a drained gateway from ending", async () => {
    await using relayed = await relayToTestRuntime();
    const timers = () => relayed.timing.awaited;
    const caller = await FrameCaller.greet(relayed.socket);
    while (timers() === 0) await delay(1);
    assert.equal(timers(), 1);
    caller[Symbol.dispose]();
    while (timers() > 0) await delay(1);
    using another = await FrameCaller.greet(relayed.socket);
    while (timers() === 0) await delay(1);
    assert.equal(timers(), 1, String(another));
  });

  it("loses a call whose request it does not finish, however it drips, and no other", async () => {
    await using relayed = await relayToTestRuntime(answering);
    using caller = await FrameCaller.greet(relayed.socket);
    caller.write(requestHeaders(1, gatedPath), dataFrame(1, Buffer.of(0, 0, 0, 1, 0), false));
    for (let look = 0; look < 4; look++) {
      caller.write(dataFrame(1, Buffer.of(1), false));
      await caller.nextOf(frameType.windowUpdate, 1);
      relayed.timing.advance(lookEvery);
    }
    const refusal = await caller.headersOn(1);
    assert.equal(refusal.get("grpc-status"), "4");
    assert.equal(refusal.get("grpc-message"), "the request has not been complete for 60 seconds");
    await caller.nextOf(frameType.rstStream, 1);
    caller.write(call(3, version, ""));
    assert.equal((await caller.headersOn(3)).get(":status"), "200");
  });

  it("loses an answer for which it opens no window, and no other", async () => {
    await using relayed = await relayToTestRuntime(answering);
    using caller = await FrameCaller.greet(relayed.socket);
    caller.write(call(1, gatedPath, ""));
    await caller.nextOf(frameType.data, 1);
    await lookUntil(relayed, () =>
      caller.hasNext(({ type, stream }) => type === frameType.rstStream && stream === 1),
    );
    caller.write(windowUpdate(0, 100_000), call(3, version, ""));
    assert.equal((await caller.headersOn(3)).get(":status"), "200");
    assert.deepEqual(faults(relayed), []);
  });
});

describe("a caller stays", () => {
  it("that reads now and then", async () => {
    await using relayed = await relayToTestRuntime();
    using caller = await FrameCaller.connect(relayed.socket);
    caller.write(clientPreface, ...wide, call(1, testPaths.messages, "300x16000"));
    for (let look = 0; look < 20; look++) {
      relayed.timing.advance(lookEvery);
      for (let frame = 0; frame < 15; frame++) await caller.nextOf(frameType.data, 1);
      caller.pause();
      await delay(1);
      caller.resume();
    }
    assert.equal((await caller.headersOn(1)).get("grpc-status"), "0");
    assert.deepEqual(faults(relayed), []);
  });

  it("that is idle, and one that waits for an answer", async () => {
    await using relayed = await relayToTestRuntime(gateOf(() => new Promise(() => {})));
    using idle = await FrameCaller.greet(relayed.socket);
    using waiting = await FrameCaller.greet(relayed.socket);
    const opened = relayed.runtime.next(/GetContainerEvents$/);
    waiting.write(call(1, gatedPath, ""), call(3, "/runtime.v1.RuntimeService/GetContainerEvents", ""));
    await opened;
    // Both have begun to speak, as far as the relay knows.
    for (const caller of [idle, waiting]) await caller.nextOf(frameType.settings);
    for (let look = 0; look < 20; look++) {
      relayed.timing.advance(lookEvery);
      await delay(1);
    }
    for (const caller of [idle, waiting]) {
      caller.write(call(5, version, ""));
      assert.equal((await caller.headersOn(5)).get(":status"), "200");
    }
    assert.deepEqual(faults(relayed), []);
  });

  it("that makes ten thousand calls before it reads an answer, and it gets them all", async () => {
    await using relayed = await relayToTestRuntime();
    using caller = await FrameCaller.greet(relayed.socket);
    caller.pause();
    const ids = Array.from({ length: 10_000 }, (_, at) => 2 * at + 1);
    const path = "no-method/".repeat(60);
    caller.write(...ids.map((id) => call(id, path, "")));
    await settledFigure(() => relayed.accepted[0]?.bytesRead ?? 0);
    caller.resume();
    for (const id of ids) assert.equal((await caller.headersOn(id)).get("grpc-status"), "12");
  });
});

function call(stream: number, path: string, message: string): Buffer {
  const data = dataFrame(stream, frameMessage(Buffer.from(message)), true);
  return Buffer.concat([requestHeaders(stream, path), data]);
}

function faults({ events }: RelayedRuntime): readonly string[] {
  return events.flatMap((event) => (event.type === "callerFault" ? [event.message] : []));
}

/** Lets time pass, look by look, until something has come of it. */
async function lookUntil({ timing }: RelayedRuntime, isSo: () => boolean): Promise<void> {
  while (!isSo()) {
    timing.advance(lookEvery);
    await delay(1);
  }
}
