import assert from "node:assert/strict";
import { once } from "node:events";
import { connect as connectHttp2, createServer as createHttp2Server } from "node:http2";
import { connect } from "node:net";
import { join } from "node:path";
import { describe, it } from "node:test";
import { gzipSync } from "node:zlib";
import { contractRegistry } from "@countersign/testkit/runtime/contract-images";
import { resolveFrom } from "@countersign/testkit/runtime/resolve-image";
import { failsWith, hangs, resetsStream } from "@countersign/testkit/runtime/runtime-faults";
import { testPaths } from "@countersign/testkit/runtime/test-service";
import { Metadata, type ServiceError } from "@grpc/grpc-js";
import type { ForwardEnd, Gate, GateAnswer } from "../gate.ts";
import { parseEndpoint } from "../runtime/runtime-endpoint.ts";
import { dataFrame, FrameCaller, requestFields, requestHeaders } from "../testing/frame-caller.ts";
import {
  gatedPath,
  gateOf,
  listening,
  listenRelay,
  relayToTestRuntime,
  temporaryDirectory,
} from "../testing/relay-on-sockets.ts";
import { frameType, headerFrames } from "./frame.ts";
import { frameMessage, maxMessageBytes } from "./grpc-message.ts";
import { encodeBlock, literalField } from "./header-field.ts";

const request = Buffer.from("the caller's own bytes");
const forward: GateAnswer = { type: "forward" };
const answerWith = (message: Uint8Array): GateAnswer => ({ type: "answer", message, metadata: [] });

describe("a gated call", () => {
  it("is asked about with its message and metadata, and seen by the runtime only when it may be", async () => {
    const gate = gateOf(() => forward);
    await using relayed = await relayToTestRuntime(echoing(gate));
    const metadata = new Metadata();
    metadata.set("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
    assert.deepEqual(await relayed.client().callBytes(testPaths.echo, request, { metadata }), request);
    const [asked] = gate.asked;
    assert.equal(asked?.path, testPaths.echo);
    assert.deepEqual(Buffer.from(asked?.message ?? []), request);
    assert.ok(asked?.metadata.some(([name]) => name === "traceparent"));
    assert.ok(relayed.runtime.calls[0]?.metadata.some(([name]) => name === "traceparent"));
  });

  it("is refused with the gate's status, message and details, and leaves no trace at the runtime", async () => {
    const message = "SignatureValidationFailed: Source image rejected: 100% sûr\nnon";
    const detailsBin = Buffer.from([1, 2, 3, 4]);
    await using relayed = await relayToTestRuntime(
      gateOf(() => ({ type: "status", status: { code: 2, message, detailsBin } })),
    );
    const client = relayed.client();
    await assert.rejects(client.pullImage({}), (error: ServiceError) => {
      assert.deepEqual([error.code, error.details], [2, message]);
      assert.deepEqual(error.metadata.get("grpc-status-details-bin"), [detailsBin]);
      return true;
    });
    await client.version({});
    assert.deepEqual(
      relayed.runtime.calls.map(({ path }) => path),
      ["/runtime.v1.RuntimeService/Version"],
    );
  });

  it("is not refused before the runtime has said its first word, which callers wait for", async () => {
    await using relayed = await relayToTestRuntime(
      gateOf(() => ({ type: "status", status: { code: 2, message: "no" } })),
    );
    for (let connection = 0; connection < 20; connection++) {
      using caller = await FrameCaller.greet(relayed.socket);
      caller.write(requestHeaders(1, gatedPath), dataFrame(1, frameMessage(request), true));
      assert.equal((await caller.next(() => true)).type, frameType.settings);
      assert.equal((await caller.headersOn(1)).get("grpc-message"), "no");
    }
  });

  it("is answered with the gate's message and metadata", async () => {
    await using relayed = await relayToTestRuntime(
      gateOf(() => ({
        type: "answer",
        message: Buffer.from([10, 2, 104, 105]),
        metadata: [["x-from", "gate"]],
      })),
    );
    assert.equal((await relayed.client().pullImage({})).imageRef, "hi");
    assert.equal(relayed.runtime.calls.length, 0);
  });

  it("passes with the runtime's refusal, details included", async () => {
    await using relayed = await relayToTestRuntime(gateOf(() => forward));
    relayed.runtime.fail(/PullImage/, failsWith(5, "nicht da", Buffer.from([7])));
    await assert.rejects(relayed.client().pullImage({}), (error: ServiceError) => {
      assert.deepEqual([error.code, error.details], [5, "nicht da"]);
      assert.deepEqual(error.metadata.get("grpc-status-details-bin"), [Buffer.from([7])]);
      return true;
    });
  });

  it("passes with the runtime's reset", async () => {
    await using relayed = await relayToTestRuntime(gateOf(() => forward));
    relayed.runtime.fail(/PullImage/, resetsStream(11));
    await assert.rejects(relayed.client().pullImage({}), { code: 8 });
  });

  it("is UNAVAILABLE when the runtime dies under it", async () => {
    await using relayed = await relayToTestRuntime(gateOf(() => forward));
    relayed.runtime.fail(/PullImage/, hangs);
    const arrived = relayed.runtime.next(/PullImage/);
    const call = relayed.client().pullImage({});
    await arrived;
    await relayed.runtime.kill();
    await assert.rejects(call, { code: 14, details: /runtime unix:\/\/.*runtime\.sock went away/ });
  });

  it("is refused INTERNAL when deciding fails, and never forwarded", async () => {
    await using relayed = await relayToTestRuntime(gateOf(() => Promise.reject(new Error("secret detail"))));
    await assert.rejects(relayed.client().pullImage({}), {
      code: 13,
      details: "the image check itself failed; its log says why",
    });
    assert.equal(relayed.runtime.calls.length, 0);
    assert.deepEqual(
      relayed.events.map(({ type }) => type),
      ["runtimeReached", "gateFailed"],
    );
  });

  it("that may pass tells the gate when the runtime has answered it", async () => {
    const ended = Promise.withResolvers<ForwardEnd>();
    await using relayed = await relayToTestRuntime(
      gateOf(() => ({ type: "forward", ended: ended.resolve })),
      resolveFrom(contractRegistry),
    );
    await relayed.client().pullImage({ image: { image: "registry.example/app:v1" } });
    assert.equal(await ended.promise, "answered");
  });

  it("that may pass tells the gate when its caller left first", async () => {
    const ended = Promise.withResolvers<ForwardEnd>();
    await using relayed = await relayToTestRuntime(gateOf(() => ({ type: "forward", ended: ended.resolve })));
    relayed.runtime.fail(/PullImage/, hangs);
    const arrived = relayed.runtime.next(/PullImage/);
    const cancel = new AbortController();
    const call = relayed.client().pullImage({}, { signal: cancel.signal });
    await arrived;
    cancel.abort();
    await assert.rejects(call, { code: 1 });
    assert.equal(await ended.promise, "cut off");
  });

  it("that may pass tells the gate when the runtime died under it", async () => {
    const ended = Promise.withResolvers<ForwardEnd>();
    await using relayed = await relayToTestRuntime(gateOf(() => ({ type: "forward", ended: ended.resolve })));
    relayed.runtime.fail(/PullImage/, hangs);
    const arrived = relayed.runtime.next(/PullImage/);
    const call = assert.rejects(relayed.client().pullImage({}), { code: 14 });
    await arrived;
    await relayed.runtime.kill();
    await call;
    assert.equal(await ended.promise, "cut off");
  });

  it("whose caller left before it might pass is over for the gate too, and never seen by the runtime", async () => {
    const ended = Promise.withResolvers<ForwardEnd>();
    const gate = gateOf(({ signal }) =>
      once(signal, "abort").then(() => ({ type: "forward", ended: ended.resolve })),
    );
    await using relayed = await relayToTestRuntime(gate);
    const cancel = new AbortController();
    const call = relayed.client().pullImage({}, { signal: cancel.signal });
    await eventually(() => gate.asked[0]);
    cancel.abort();
    await assert.rejects(call, { code: 1 });
    assert.equal(await ended.promise, "answered");
    assert.equal(relayed.runtime.calls.length, 0);
  });

  it("tells the gate that its caller gave up", async () => {
    const gate = gateOf(({ signal }) => once(signal, "abort").then(() => forward));
    await using relayed = await relayToTestRuntime(gate);
    const cancel = new AbortController();
    const call = relayed.client().pullImage({}, { signal: cancel.signal });
    const asked = await eventually(() => gate.asked[0]);
    cancel.abort();
    await assert.rejects(call, { code: 1 });
    await aborted(asked.signal);
    assert.equal(relayed.runtime.calls.length, 0);
  });

  it("tells the gate that its caller is gone", async () => {
    const gate = gateOf(({ signal }) => once(signal, "abort").then(() => forward));
    await using relayed = await relayToTestRuntime(gate);
    using caller = await FrameCaller.greet(relayed.socket);
    caller.write(requestHeaders(1, gatedPath), dataFrame(1, frameMessage(request), true));
    const asked = await eventually(() => gate.asked[0]);
    caller.end();
    await aborted(asked.signal);
  });

  it("ends with its deadline, for the gate too", async () => {
    const gate = gateOf(({ signal }) => once(signal, "abort").then(() => forward));
    await using relayed = await relayToTestRuntime(gate);
    using caller = await FrameCaller.greet(relayed.socket);
    const fields = requestFields(gatedPath, [["grpc-timeout", "30m"]]);
    caller.write(headerFrames(1, encodeBlock(fields), false), dataFrame(1, frameMessage(request), true));
    const trailers = await caller.headersOn(1);
    assert.equal(trailers.get("grpc-status"), "4");
    assert.equal(gate.asked[0]?.signal.aborted, true);
    assert.equal(relayed.runtime.calls.length, 0);
  });
});

describe("a gated message", () => {
  it("may have 16 MiB, and its answer too", async () => {
    const gate = gateOf(({ message }) => answerWith(message));
    await using relayed = await relayToTestRuntime(gate);
    const large = Buffer.alloc(maxMessageBytes, "0123456789abcdef");
    const answer = await relayed.client().callBytes(gatedPath, large);
    assert.equal(answer.compare(large), 0);
  });

  it("of 16 MiB is forwarded as it was", async () => {
    await using relayed = await relayToTestRuntime(echoing(gateOf(() => forward)));
    const large = Buffer.alloc(maxMessageBytes, "fedcba9876543210");
    assert.equal((await relayed.client().callBytes(testPaths.echo, large)).compare(large), 0);
  });

  it("may be answered with 16 MiB at once by a caller whose windows are that wide, at the pace it reads", async () => {
    const large = Buffer.alloc(maxMessageBytes);
    await using relayed = await relayToTestRuntime(gateOf(() => answerWith(large)));
    const session = connectHttp2("http://localhost", {
      createConnection: () => connect(relayed.socket),
      settings: { initialWindowSize: 2 * maxMessageBytes },
    });
    await once(session, "connect");
    session.setLocalWindowSize(4 * maxMessageBytes);
    const stream = session.request({
      ":method": "POST",
      ":path": gatedPath,
      "content-type": "application/grpc",
    });
    stream.end(frameMessage(request));
    let received = 0;
    for await (const chunk of stream) received += chunk.length;
    assert.equal(received, large.length + 5);
    session.destroy();
  });

  it("does not use up the windows of calls that pass", async () => {
    await using relayed = await relayToTestRuntime(echoing(gateOf(() => forward)));
    const client = relayed.client();
    const large = Buffer.alloc(3 * 1024 * 1024);
    for (let round = 0; round < 4; round++) {
      const [kept, passed] = await Promise.all([
        client.callBytes(testPaths.echo, large),
        client.callBytes(testPaths.bytes, Buffer.from("5000000")),
      ]);
      assert.deepEqual([kept.length, passed.length], [large.length, 5_000_000]);
    }
  });

  it("gets through although the runtime opens every window by hand", async () => {
    await using built = new AsyncDisposableStack();
    const directory = await temporaryDirectory(built);
    const runtime = createHttp2Server({ settings: { initialWindowSize: 0 } });
    await listening(runtime, join(directory, "runtime.sock"));
    built.defer(() => void runtime.close());
    const gate = gateOf(({ message }) => answerWith(message));
    const endpoint = parseEndpoint(join(directory, "runtime.sock"));
    const relayed = built.use(await listenRelay(endpoint, gate, directory));
    const large = Buffer.alloc(200_000);
    assert.equal((await relayed.client().callBytes(gatedPath, large)).length, large.length);
  });

  it("may come compressed, and is judged as what it says", async () => {
    const gate = gateOf(() => answerWith(Buffer.alloc(0)));
    await using relayed = await relayToTestRuntime(gate);
    const trailers = await callRaw(relayed.socket, compressed(gzipSync(request)), [
      ["grpc-encoding", "gzip"],
    ]);
    assert.equal(trailers.get("grpc-status"), "0");
    assert.deepEqual(Buffer.from(gate.asked[0]?.message ?? []), request);
  });

  const whole = frameMessage(request);
  const refused: readonly Refusal[] = [
    ["that is missing", Buffer.alloc(0), [], "13", /no whole message/],
    ["that is cut short", whole.subarray(0, -1), [], "13", /no whole message/],
    ["that is two", Buffer.concat([whole, whole]), [], "13", /more than one message/],
    ["with something behind it", Buffer.concat([whole, Buffer.of(0)]), [], "13", /more than one message/],
    ["larger than 16 MiB", Buffer.from([0, 1, 0, 0, 1]), [], "8", /larger than 16777216 bytes/],
    [
      "with a flag nobody knows",
      Buffer.concat([Buffer.of(2), whole.subarray(1)]),
      [],
      "13",
      /compression flag/,
    ],
    ["compressed in an unknown way", compressed(request), [["grpc-encoding", "snappy"]], "12", /"snappy"/],
    ["compressed without saying how", compressed(request), [], "12", /only gzip/],
    [
      "compressed in two ways",
      compressed(gzipSync(request)),
      [
        ["grpc-encoding", "gzip"],
        ["grpc-encoding", "snappy"],
      ],
      "12",
      /only gzip/,
    ],
    [
      "that is not the gzip it claims to be",
      compressed(request),
      [["grpc-encoding", "gzip"]],
      "13",
      /not the gzip/,
    ],
    [
      "that grows beyond 16 MiB",
      compressed(gzipSync(Buffer.alloc(maxMessageBytes + 1))),
      [["grpc-encoding", "gzip"]],
      "8",
      /larger than/,
    ],
    ["of a call with a broken timeout", whole, [["grpc-timeout", "soon"]], "13", /grpc-timeout/],
  ];
  for (const [what, body, metadata, code, message] of refused) {
    it(`is refused / one ${what}`, async () => {
      const gate = gateOf(() => forward);
      await using relayed = await relayToTestRuntime(gate);
      const trailers = await callRaw(relayed.socket, body, metadata);
      assert.equal(trailers.get("grpc-status"), code);
      assert.match(trailers.get("grpc-message") ?? "", message);
      assert.equal(gate.asked.length, 0);
      assert.equal(relayed.runtime.calls.length, 0);
    });
  }

  it("is refused / one of another content type, which a runtime could read with another codec", async () => {
    await using relayed = await relayToTestRuntime(gateOf(() => forward));
    using caller = await FrameCaller.greet(relayed.socket);
    const fields = requestFields(gatedPath).map((field) =>
      field.name === "content-type"
        ? (requestFields("/", [["content-type", "application/grpc+json"]]).at(-1) ?? field)
        : field,
    );
    caller.write(headerFrames(1, encodeBlock(fields), false), dataFrame(1, whole, true));
    assert.match((await caller.headersOn(1)).get("grpc-message") ?? "", /application\/grpc\+json/);
    assert.equal(relayed.runtime.calls.length, 0);
  });

  it("is refused / one that is not a POST", async () => {
    const gate = gateOf(() => forward);
    await using relayed = await relayToTestRuntime(gate);
    using caller = await FrameCaller.greet(relayed.socket);
    const fields = requestFields(gatedPath).map((field) =>
      field.name === ":method" ? literalField(":method", "GET") : field,
    );
    caller.write(headerFrames(1, encodeBlock(fields), false), dataFrame(1, whole, true));
    assert.match((await caller.headersOn(1)).get("grpc-message") ?? "", /POST/);
    assert.equal(gate.asked.length, 0);
  });

  it("is refused / one of two content types", async () => {
    const gate = gateOf(() => forward);
    await using relayed = await relayToTestRuntime(gate);
    using caller = await FrameCaller.greet(relayed.socket);
    const fields = requestFields(gatedPath, [["content-type", "application/grpc+json"]]);
    caller.write(headerFrames(1, encodeBlock(fields), false), dataFrame(1, whole, true));
    assert.match((await caller.headersOn(1)).get("grpc-message") ?? "", /content-type/);
    assert.equal(gate.asked.length, 0);
  });

  it("is refused / one whose stream ends in trailers", async () => {
    const gate = gateOf(() => forward);
    await using relayed = await relayToTestRuntime(gate);
    using caller = await FrameCaller.greet(relayed.socket);
    const trailers = headerFrames(1, encodeBlock(requestFields("/", [["x-late", "1"]]).slice(-1)), true);
    caller.write(requestHeaders(1, gatedPath), dataFrame(1, whole, false), trailers);
    assert.equal((await caller.headersOn(1)).get("grpc-status"), "13");
    assert.equal(gate.asked.length, 0);
  });
});

type Refusal = readonly [
  what: string,
  body: Buffer,
  metadata: readonly (readonly [string, string])[],
  code: string,
  message: RegExp,
];

async function callRaw(
  socket: string,
  body: Buffer,
  metadata: readonly (readonly [string, string])[],
): Promise<ReadonlyMap<string, string>> {
  using caller = await FrameCaller.greet(socket);
  const head = headerFrames(1, encodeBlock(requestFields(gatedPath, metadata)), false);
  caller.write(head, dataFrame(1, body, true));
  for (;;) {
    const headers = await caller.headersOn(1);
    if (headers.has("grpc-status")) return headers;
  }
}

/** Gates the runtime's echo, so that what was forwarded can be seen in the answer. */
function echoing<G extends Gate>(gate: G): G {
  return { ...gate, paths: new Set([testPaths.echo]) };
}

function compressed(bytes: Uint8Array): Buffer {
  const framed = frameMessage(bytes);
  framed[0] = 1;
  return framed;
}

async function eventually<T>(look: () => T | undefined): Promise<T> {
  for (;;) {
    const found = look();
    if (found !== undefined) return found;
    await new Promise(setImmediate);
  }
}

function aborted(signal: AbortSignal): Promise<unknown> {
  return signal.aborted ? Promise.resolve() : once(signal, "abort");
}
