import { connect as connectHttp2, createServer as createHttp2Server } from "node:http2";
import { connect, createServer } from "node:net";
import { createRelay } from "@countersign/gateway/relay/relay";
import { openRuntime } from "@countersign/gateway/runtime/runtime-client";
import { parseEndpoint } from "@countersign/gateway/runtime/runtime-endpoint";
import { systemTiming } from "@countersign/sources/timing";

/**
 * One way to stand between a caller and a runtime: `node bench/relay-candidate.ts NAME SOCKET RUNTIME`. What was
 * considered and not chosen is kept as small as it can be, so that what it costs is node:http2 itself.
 */
type Candidate = (socket: string, runtime: string, serving: () => void) => void;

const wide = { initialWindowSize: 8 * 1024 * 1024, maxConcurrentStreams: 2 ** 31 - 1 };

/** Every call a stream of node:http2 here and another one there, on one shared connection with wide windows. */
const http2Streams: Candidate = (socket, runtime, serving) => {
  const upstream = connectHttp2("http://localhost", {
    createConnection: () => connect(runtime),
    settings: wide,
  });
  upstream.once("connect", () => upstream.setLocalWindowSize(64 * 1024 * 1024));
  const server = createHttp2Server({ settings: wide });
  server.on("session", (session) => session.setLocalWindowSize(64 * 1024 * 1024));
  server.on("stream", (caller, _headers, _flags, raw) => {
    const call = upstream.request(raw ?? []);
    caller.on("error", () => undefined).pipe(call);
    call.on("error", () => undefined);
    let trailers = {};
    call.on("trailers", (received) => {
      trailers = received;
    });
    call.on("response", (headers) => {
      caller.respond(headers, { waitForTrailers: true });
      caller.on("wantTrailers", () => caller.sendTrailers(trailers));
      call.pipe(caller);
    });
  });
  server.listen(socket, serving);
};

/** Bytes from socket to socket, unread: what a second hop costs whoever looks at nothing. */
const bytes: Candidate = (socket, runtime, serving) => {
  const server = createServer((caller) => {
    const upstream = connect(runtime);
    caller.pipe(upstream).pipe(caller);
    caller.on("error", () => upstream.destroy());
    upstream.on("error", () => caller.destroy());
  });
  server.listen(socket, serving);
};

const frames: Candidate = (socket, runtime, serving) => {
  const endpoint = parseEndpoint(runtime);
  const relay = createRelay({
    runtime: endpoint,
    gate: { paths: new Set(), ask: () => Promise.reject(new Error("nothing is gated")) },
    serves: () => true,
    forwarder: openRuntime(endpoint),
    timing: systemTiming,
    report: () => undefined,
  });
  createServer((caller) => relay.accept(caller)).listen(socket, serving);
};

const candidates: ReadonlyMap<string, Candidate> = new Map([
  ["http2", http2Streams],
  ["bytes", bytes],
  ["frames", frames],
]);
const [, , name = "", socket = "", runtime = ""] = process.argv;
candidates.get(name)?.(socket, runtime, () => process.stdout.write("serving\n"));
