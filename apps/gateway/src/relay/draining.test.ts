import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { hangs, waitsFor } from "@countersign/testkit/runtime/runtime-faults";
import { dataFrame, FrameCaller, requestHeaders } from "../testing/frame-caller.ts";
import { gatedPath, gateOf, relayToTestRuntime } from "../testing/relay-on-sockets.ts";
import { errorCode, frameType } from "./frame.ts";
import { frameMessage } from "./grpc-message.ts";

const patient = new AbortController().signal;

describe("draining", () => {
  it("lets calls under way end, at the runtime and at the gate, and is then over", async () => {
    const release = Promise.withResolvers<void>();
    const gate = gateOf(async () => {
      await release.promise;
      return { type: "answer", message: Buffer.alloc(0), metadata: [] };
    });
    await using relayed = await relayToTestRuntime(gate);
    relayed.runtime.fail(/Version/, waitsFor(release.promise));
    const client = relayed.client();
    const arrived = relayed.runtime.next(/Version/);
    const passed = client.version({});
    const kept = client.pullImage({});
    await arrived;
    const drained = relayed.relay.drain(patient);
    release.resolve();
    assert.equal((await passed).runtimeName, "testkit");
    assert.equal((await kept).imageRef, "");
    await drained;
  });

  it("asks callers to go elsewhere, and looks at no call that comes after", async () => {
    const release = Promise.withResolvers<void>();
    await using relayed = await relayToTestRuntime();
    relayed.runtime.fail(/Version/, waitsFor(release.promise));
    using caller = await FrameCaller.greet(relayed.socket);
    const arrived = relayed.runtime.next(/Version/);
    const body = dataFrame(1, frameMessage(Buffer.alloc(0)), true);
    caller.write(requestHeaders(1, "/runtime.v1.RuntimeService/Version"), body);
    await arrived;
    const drained = relayed.relay.drain(patient);
    assert.equal((await caller.nextOf(frameType.goaway)).bytes.readUInt32BE(9), 1);
    caller.write(
      requestHeaders(3, "/runtime.v1.RuntimeService/Status", true),
      requestHeaders(5, gatedPath, true),
    );
    release.resolve();
    assert.equal((await caller.headersOn(1)).get(":status"), "200");
    await drained;
    assert.equal(relayed.runtime.calls.length, 1);
  });

  it("does not wait for a stream of events: it is refused to the caller and cancelled at the runtime", async () => {
    await using relayed = await relayToTestRuntime();
    using caller = await FrameCaller.greet(relayed.socket);
    const opened = relayed.runtime.next(/GetContainerEvents/);
    const body = dataFrame(1, frameMessage(Buffer.alloc(0)), true);
    caller.write(requestHeaders(1, "/runtime.v1.RuntimeService/GetContainerEvents"), body);
    const { cancelled } = await opened;
    const drained = relayed.relay.drain(patient);
    assert.equal(
      (await caller.nextOf(frameType.rstStream, 1)).bytes.readUInt32BE(9),
      errorCode.refusedStream,
    );
    await drained;
    while (!cancelled.aborted) await new Promise(setImmediate);
  });

  it("is at once over when nobody is in a call", async () => {
    await using relayed = await relayToTestRuntime();
    using _idle = await FrameCaller.greet(relayed.socket);
    await relayed.client().version({});
    await relayed.relay.drain(patient);
  });

  it("cuts off who is left when patience ends", async () => {
    await using relayed = await relayToTestRuntime();
    relayed.runtime.fail(/Version/, hangs);
    const arrived = relayed.runtime.next(/Version/);
    const call = relayed.client().version({});
    const outcome = assert.rejects(call, { code: 14 });
    await arrived;
    const impatient = new AbortController();
    const drained = relayed.relay.drain(impatient.signal);
    impatient.abort();
    await drained;
    await outcome;
  });
});
