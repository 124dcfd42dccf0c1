import assert from "node:assert/strict";
import { createServer } from "node:http2";
import { join } from "node:path";
import { describe, it } from "node:test";
import type { Gate } from "../gate.ts";
import { parseEndpoint } from "../runtime/runtime-endpoint.ts";
import { dataFrame, FrameCaller, frameOf, requestHeaders } from "../testing/frame-caller.ts";
import {
  gatedPath,
  gateOf,
  type ListeningRelay,
  listening,
  listenRelay,
  temporaryDirectory,
} from "../testing/relay-on-sockets.ts";
import { frameType, pingAck } from "./frame.ts";
import { frameMessage } from "./grpc-message.ts";
import { PingDuty } from "./ping-duty.ts";

type Step = "runtime answers" | "we answer" | "ping" | "ping while all calls are here";

describe("a PING is answered", () => {
  const rows: readonly (readonly [what: string, steps: readonly Step[], last: "here" | "by the runtime"])[] =
    [
      ["by the runtime when nothing called for it", ["ping"], "by the runtime"],
      ["by the runtime after its answer", ["runtime answers", "ping"], "by the runtime"],
      ["here after an answer of ours", ["we answer", "ping"], "here"],
      ["by the runtime after answers of both", ["we answer", "runtime answers", "ping"], "by the runtime"],
      [
        "by the runtime when it is the second after our answer",
        ["we answer", "ping", "ping"],
        "by the runtime",
      ],
      ["here again after another answer of ours", ["we answer", "ping", "we answer", "ping"], "here"],
      [
        "here when the runtime's answer had its own already",
        ["runtime answers", "ping", "we answer", "ping"],
        "here",
      ],
      ["here while calls are open and all of them here", ["ping while all calls are here"], "here"],
      [
        "by the runtime meanwhile, if it has answered since the last",
        ["runtime answers", "ping while all calls are here"],
        "by the runtime",
      ],
    ];
  for (const [what, steps, expected] of rows) {
    it(what, () => {
      const duty = new PingDuty();
      let last: boolean | undefined;
      for (const step of steps) {
        if (step === "runtime answers") duty.runtimeAnswers();
        else if (step === "we answer") duty.answersHere();
        else last = duty.isOurs(step === "ping while all calls are here");
      }
      assert.equal(last, expected === "here");
    });
  }
});

describe("a runtime that counts PINGs as grpc-go does ends no connection", () => {
  const ping = frameOf(frameType.ping, 0, 0, Buffer.from("01234567"));

  /** Makes a gated call, and a PING once its answer comes, as grpc-go's clients do. */
  async function pullAndPing(caller: FrameCaller, stream: number): Promise<void> {
    caller.write(requestHeaders(stream, gatedPath), dataFrame(stream, frameMessage(Buffer.of()), true));
    await caller.nextOf(frameType.data, stream);
    caller.write(ping);
    assert.deepEqual((await caller.nextOf(frameType.ping)).bytes, pingAck(ping));
  }

  it("for answers that are all given here", async () => {
    const gate = gateOf(() => ({ type: "answer", message: Buffer.of(10, 2, 104, 105), metadata: [] }));
    await using relayed = await relayToCountingRuntime(gate);
    using caller = await FrameCaller.greet(relayed.socket);
    await caller.nextOf(frameType.settings);
    for (let stream = 1; stream < 40; stream += 2) await pullAndPing(caller, stream);
    assert.deepEqual(relayed.strikes, []);

    caller.write(requestHeaders(41, "/a/B", true));
    assert.equal((await caller.headersOn(41)).get("grpc-status"), "0");
  });

  it("for a call that waits here for long, however often its caller asks whether anybody is there", async () => {
    const decided = Promise.withResolvers<{ readonly type: "forward" }>();
    await using relayed = await relayToCountingRuntime(gateOf(() => decided.promise));
    using caller = await FrameCaller.greet(relayed.socket);
    await caller.nextOf(frameType.settings);
    caller.write(requestHeaders(1, gatedPath), dataFrame(1, frameMessage(Buffer.of()), true));
    for (let round = 0; round < 20; round++) {
      caller.write(ping);
      await caller.nextOf(frameType.ping);
    }
    decided.resolve({ type: "forward" });
    assert.equal((await caller.headersOn(1)).get("grpc-status"), "0");
    assert.deepEqual(relayed.strikes, []);
  });

  it("but for PINGs that no answer called for: those are the caller's own fault", async () => {
    await using relayed = await relayToCountingRuntime(gateOf(() => ({ type: "forward" })));
    using caller = await FrameCaller.greet(relayed.socket);
    await caller.nextOf(frameType.settings);
    caller.write(ping, ping, ping);
    await caller.nextOf(frameType.goaway);
    assert.equal(relayed.strikes.length, 3);
  });
});

/** Answers every call at once, and ends a connection for its third PING that no answer of its own called for. */
async function relayToCountingRuntime(
  gate: Gate,
): Promise<ListeningRelay & { readonly strikes: readonly string[] }> {
  await using built = new AsyncDisposableStack();
  const directory = await temporaryDirectory(built);
  const socket = join(directory, "runtime.sock");
  const strikes: string[] = [];
  const runtime = createServer();
  const enhanceYourCalm = 11;
  runtime.on("session", (session) => {
    let answered = false;
    session.on("error", () => undefined);
    session.on("stream", (stream) => {
      answered = true;
      stream.respond({ ":status": 200, "content-type": "application/grpc", "grpc-status": "0" });
      stream.end();
    });
    session.on("ping", () => {
      if (!answered) strikes.push("PING");
      answered = false;
      if (strikes.length > 2) session.goaway(enhanceYourCalm, 0, Buffer.from("too_many_pings"));
    });
  });
  await listening(runtime, socket);
  built.defer(() => void runtime.close());
  const relayed = built.use(await listenRelay(parseEndpoint(socket), gate, directory));
  const parts = built.move();
  return { ...relayed, strikes, [Symbol.asyncDispose]: () => parts.disposeAsync() };
}
