import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Http2Server } from "node:http2";
import { connect } from "node:net";
import { join } from "node:path";
import { setTimeout as delay, setImmediate as immediately } from "node:timers/promises";
import {
  clientPreface,
  emptyFrame,
  flag,
  frameHeaderBytes,
  frameType,
  headerFrames,
  windowUpdate,
} from "@countersign/gateway/relay/frame";
import { type Frame, FrameReader } from "@countersign/gateway/relay/frame-reader";
import { frameMessage } from "@countersign/gateway/relay/grpc-message";
import { encodeBlock } from "@countersign/gateway/relay/header-field";
import { parseEndpoint } from "@countersign/gateway/runtime/runtime-endpoint";
import {
  dataFrame,
  FrameCaller,
  requestFields,
  requestHeaders,
} from "@countersign/gateway/testing/frame-caller";
import {
  gatedPath,
  gateOf,
  listenRelay,
  temporaryDirectory,
} from "@countersign/gateway/testing/relay-on-sockets";
import { mutateFrames } from "../mutate/frames.ts";
import { mutateHpack } from "../mutate/hpack.ts";
import { shapeOf } from "../outcome.ts";
import type { Target } from "../target.ts";

/**
 * All that a caller sends on one connection to the gateway. A gated call that the gate refuses never reaches the
 * runtime (nghttp2 here), nor does anything that could be one in disguise; and the next caller is served.
 */
export async function openTarget(): Promise<Target> {
  const stack = new AsyncDisposableStack();
  const directory = await temporaryDirectory(stack);
  const runtime = await startRuntime(join(directory, "runtime.sock"));
  stack.defer(() => runtime.close());
  const gate = gateOf(() => ({ type: "status", status: { code: 2, message: "no" } }));
  const relay = stack.use(await listenRelay(parseEndpoint(runtime.socket), gate, directory));
  return {
    seeds,
    mutate: mutateFrames(clientPreface, mutateHpack),
    async check(input) {
      const asked = gate.asked.length;
      const events = relay.events.length;
      let heard: readonly string[] = [];
      const reached = await runtime.pathsDuring(async () => {
        heard = await call(relay.socket, Buffer.from(input));
      });
      for (const path of reached) {
        assert.notEqual(path, gatedPath, "a gated call reached the runtime");
        assert.ok(path.startsWith("/"), `a runtime may take ${JSON.stringify(path)} for a gated call`);
      }
      const next = await runtime.pathsDuring(() => callVersion(relay.socket));
      assert.deepEqual(next, [version], "the next caller is not served");
      const faults = relay.events.slice(events).map((event) => {
        assert.notEqual(event.type, "gateFailed");
        return "message" in event ? shapeOf(event.message) : event.type;
      });
      assert.ok(!faults.some((fault) => fault.startsWith("unexpected")), faults.join());
      const counts = [gate.asked.length - asked, reached.length].map((count) => Math.min(count, 3));
      return `${faults} ${counts} ${[...new Set(heard)].sort()}`;
    },
    close: () => stack.disposeAsync(),
  };
}

const version = "/runtime.v1.RuntimeService/Version";
const settings = emptyFrame(frameType.settings, 0, 0, 0);
const message = frameMessage(Buffer.from("x"));
const ping = emptyFrame(frameType.ping, 0, 0, 8);
const spoken = (...frames: readonly Buffer[]) => Buffer.concat([clientPreface, settings, ...frames]);
const versionCall = Buffer.concat([
  requestHeaders(1, version),
  dataFrame(1, frameMessage(Buffer.alloc(0)), true),
]);

const seeds: readonly Buffer[] = [
  spoken(versionCall),
  spoken(requestHeaders(1, gatedPath), dataFrame(1, message, true)),
  spoken(
    requestHeaders(1, version),
    headerFrames(3, encodeBlock(requestFields(gatedPath, [["grpc-timeout", "1S"]])), false),
    dataFrame(1, message, true),
    windowUpdate(3, 100),
    dataFrame(3, message, false),
    ping,
    emptyFrame(frameType.rstStream, 0, 3, 4),
    requestHeaders(5, gatedPath, true),
    emptyFrame(frameType.settings, 1, 0, 0),
  ),
];

/** What is still expected after this many milliseconds does not come: the end of a frame ate the question. */
const patience = 30;
const lastQuestion = Buffer.from(ping).fill("?", frameHeaderBytes);
const lastAnswer = Buffer.from(lastQuestion).fill(flag.ack, 4, 5);

/**
 * Sends it all, lets it be read and what comes of it happen, and hangs up.
 * @returns what was heard: the types of the frames, with their error codes
 */
async function call(socket: string, bytes: Buffer): Promise<readonly string[]> {
  const caller = connect(socket);
  caller.on("error", () => undefined);
  const closed = new Promise<void>((resolve) => caller.once("close", resolve));
  const reader = new FrameReader();
  const heard: string[] = [];
  const answered = new Promise<void>((resolve) => {
    caller.on("data", (chunk: Buffer) => {
      reader.push(chunk);
      for (let frame = reader.next(); frame !== undefined; frame = reader.next()) {
        heard.push(`${frame.type}${codeIn(frame)}`);
        if (frame.bytes.equals(lastAnswer)) resolve();
      }
    });
  });
  caller.write(Buffer.concat([bytes, lastQuestion]));
  const tired = new AbortController();
  await Promise.race([closed, answered, delay(patience, undefined, { signal: tired.signal })]).catch(
    () => undefined,
  );
  tired.abort();
  // What was passed on is read by the runtime in this very thread.
  for (let turn = 0; turn < 3; turn++) await immediately();
  caller.end();
  await closed;
  return heard;
}

function codeIn({ type, bytes }: Frame): string {
  if (type === frameType.rstStream) return `/${bytes.readUInt32BE(frameHeaderBytes)}`;
  return type === frameType.goaway ? `/${bytes.readUInt32BE(frameHeaderBytes + 4)}` : "";
}

/** A call as every client makes it; resolves once it is answered. */
async function callVersion(socket: string): Promise<void> {
  using caller = await FrameCaller.greet(socket);
  caller.write(versionCall);
  await caller.headersOn(1);
}

interface PathRecorder {
  readonly socket: string;
  /** the paths of the calls that arrive on connections that begin meanwhile, once these have ended */
  pathsDuring(act: () => Promise<void>): Promise<readonly string[]>;
  close(): Promise<void>;
}

async function startRuntime(socket: string): Promise<PathRecorder> {
  const server: Http2Server = createServer();
  let paths: string[] = [];
  const open = new Set<Promise<unknown>>();
  server.on("session", (session) => {
    session.on("error", () => undefined);
    const closed = new Promise<void>((resolve) => session.once("close", resolve));
    open.add(closed);
    void closed.then(() => open.delete(closed));
  });
  server.on("stream", (stream, headers) => {
    paths.push(headers[":path"] ?? "");
    stream.on("error", () => undefined);
    stream.resume();
    stream.respond(
      { ":status": 200, "content-type": "application/grpc", "grpc-status": "12" },
      { endStream: true },
    );
  });
  server.listen(socket);
  await once(server, "listening");
  return {
    socket,
    async pathsDuring(act) {
      paths = [];
      await act();
      while (open.size > 0) await Promise.all(open);
      return paths;
    },
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
