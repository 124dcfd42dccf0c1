import { createServer, type Http2Server, type ServerHttp2Session, type ServerHttp2Stream } from "node:http2";
import type { Socket } from "node:net";
import { GrpcMessages, grpcFrame } from "./grpc-messages.ts";

/** A status other than OK; a handler throws it. */
export class RpcFailure extends Error {
  override readonly name = "RpcFailure";
  readonly code: number;
  readonly details: Uint8Array | undefined;

  constructor(code: number, message: string, details?: Uint8Array) {
    super(message);
    this.code = code;
    this.details = details;
  }
}

/** One call as it reached the server. */
export interface ServedCall {
  readonly path: string;
  /** without pseudo-headers; repeated names repeated */
  readonly metadata: readonly (readonly [name: string, value: string])[];
  /** the request's messages as they come */
  readonly messages: AsyncIterable<Buffer>;
  /** fires when the caller cancels or goes away before the answer is complete */
  readonly cancelled: AbortSignal;
  /** sends one message; resolves when the next can be sent without piling up */
  send(message: Uint8Array): Promise<void>;
  /** ends everything without a status, as a reset of the stream */
  reset(code: number): void;
  /** ends everything without a word, with all that shares the connection */
  dropConnection(): void;
}

/** Answers a call: sends messages, then returns for OK or throws {@link RpcFailure}. */
export type Serve = (call: ServedCall) => Promise<void>;

/** A gRPC server on a unix socket, made of node:http2, that can be taken away and put back. */
export interface GrpcServer {
  start(): Promise<void>;
  /** Stops as a killed process does: every connection breaks. */
  kill(): Promise<void>;
  /** GOAWAY to everyone; calls under way go on */
  shutDown(): Promise<void>;
  readonly connections: number;
}

/** Far above Node's default, which limits what a client may send at once to 100 streams before it knows better. */
const settings = { maxConcurrentStreams: 2 ** 31 - 1, initialWindowSize: 1024 * 1024 };

export function grpcServer(socket: string, serve: Serve): GrpcServer {
  const sessions = new Set<ServerHttp2Session>();
  const connections = new Set<Socket>();
  let server: Http2Server | undefined;

  return {
    get connections() {
      return sessions.size;
    },
    start() {
      const made = createServer({ settings, maxSessionMemory: 1000 });
      server = made;
      made.on("connection", (connection: Socket) => {
        connections.add(connection);
        connection.once("close", () => connections.delete(connection));
      });
      made.on("session", (session) => {
        sessions.add(session);
        session.setLocalWindowSize(16 * 1024 * 1024);
        session.once("close", () => sessions.delete(session));
        session.on("error", () => undefined);
      });
      made.on("stream", (stream, _headers, _flags, raw) => {
        void answer(stream, raw ?? [], serve);
      });
      return new Promise((resolve, reject) => {
        made.once("error", reject);
        made.listen(socket, resolve);
      });
    },
    kill() {
      for (const session of sessions) session.destroy();
      // A session waits for what it has written to be read; a process that is killed does not.
      for (const connection of connections) connection.destroy();
      return closed(server);
    },
    shutDown() {
      for (const session of sessions) session.close();
      return closed(server);
    },
  };
}

function closed(server: Http2Server | undefined): Promise<void> {
  return new Promise((resolve) => {
    if (server === undefined || !server.listening) resolve();
    else server.close(() => resolve());
  });
}

async function answer(stream: ServerHttp2Stream, raw: readonly string[], serve: Serve): Promise<void> {
  // A caller that goes away is part of many tests; what it means is in `cancelled`.
  stream.on("error", () => undefined);
  const headers = raw.flatMap((name, at) => (at % 2 === 0 ? [[name, raw[at + 1] ?? ""] as const] : []));
  const gone = new AbortController();
  stream.once("close", () => gone.abort());
  const respond = () => {
    if (!stream.headersSent) stream.respond(answerHead, { waitForTrailers: true });
  };
  const call: ServedCall = {
    path: headers.find(([name]) => name === ":path")?.[1] ?? "",
    metadata: headers.filter(([name]) => !name.startsWith(":")),
    messages: new GrpcMessages(stream),
    cancelled: gone.signal,
    send(message) {
      if (stream.destroyed) return Promise.resolve();
      respond();
      return new Promise((resolve) => {
        if (stream.write(grpcFrame(message))) return resolve();
        const proceed = () => {
          stream.off("drain", proceed).off("close", proceed);
          resolve();
        };
        stream.on("drain", proceed).on("close", proceed);
      });
    },
    reset: (code) => stream.close(code),
    dropConnection: () => stream.session?.destroy(),
  };
  const outcome = await serve(call).then(
    () => ok,
    (caught: unknown) => trailersOf(caught),
  );
  if (stream.closed || stream.destroyed) return;
  if (!stream.headersSent && outcome !== ok) {
    stream.respond({ ...answerHead, ...outcome }, { endStream: true });
    return;
  }
  respond();
  stream.once("wantTrailers", () => stream.sendTrailers(outcome));
  stream.end();
}

const answerHead = { ":status": 200, "content-type": "application/grpc" } as const;
const ok: Readonly<Record<string, string>> = { "grpc-status": "0" };

function trailersOf(caught: unknown): Readonly<Record<string, string>> {
  const failure = caught instanceof RpcFailure ? caught : new RpcFailure(2, String(caught));
  return {
    "grpc-status": String(failure.code),
    "grpc-message": percentEncode(failure.message),
    ...(failure.details && { "grpc-status-details-bin": Buffer.from(failure.details).toString("base64") }),
  };
}

/** gRPC over HTTP/2, "Status-Message". */
function percentEncode(text: string): string {
  return text.replace(/[^\x20-\x24\x26-\x7e]/gu, (character) => encodeURIComponent(character));
}
