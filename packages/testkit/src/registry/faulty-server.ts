import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer, type ServerOptions } from "node:https";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { type Fault, send } from "./faults.ts";
import type { RegistryAnswer } from "./registry-answer.ts";

/** What somebody asked, and with which credentials. */
export interface RecordedRequest {
  readonly method: string;
  /** path and query */
  readonly path: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: string;
}

/** An HTTP server in this process that can be made to fail. Close it, or hold it with `await using`. */
export interface FaultyServer extends AsyncDisposable {
  /** host:port */
  readonly address: string;
  /** everything that was asked, in order */
  readonly requests: readonly RecordedRequest[];
  /** Lets the next `times` requests whose `METHOD path` matches go wrong; all of them when not said. */
  fail(request: RegExp, fault: Fault, times?: number): void;
  /** Forgets all faults. */
  heal(): void;
  /** Breaks every connection, with all that was never answered. */
  breakConnections(): void;
  /** Forgets what was asked. */
  forgetRequests(): void;
  close(): Promise<void>;
}

/** @param tls - HTTPS with these; plain HTTP when undefined */
export async function startFaultyServer(
  answerTo: (request: RecordedRequest, body: Uint8Array) => RegistryAnswer,
  tls?: ServerOptions,
): Promise<FaultyServer> {
  const requests: RecordedRequest[] = [];
  let faults: { readonly request: RegExp; readonly fault: Fault; left: number }[] = [];

  const handle = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await buffer(incoming);
    const { method = "", url: path = "", headers } = incoming;
    const request = { method, path, headers, body: body.toString() };
    requests.push(request);
    const honest = answerTo(request, body);
    const active = faults.find((entry) => entry.left > 0 && entry.request.test(`${method} ${path}`));
    if (active === undefined) return send(honest, response);
    active.left--;
    active.fault(honest, response);
  };

  const listener = (incoming: IncomingMessage, response: ServerResponse): void => {
    // A client that goes away in the middle of a request is part of many tests.
    handle(incoming, response).catch(() => response.destroy());
  };
  const server = tls === undefined ? createServer(listener) : createTlsServer(tls, listener);
  const address = await listen(server);

  const close = (): Promise<void> => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(() => resolve()));
  };
  return {
    address,
    requests,
    fail(request, fault, times = Number.POSITIVE_INFINITY) {
      faults.push({ request, fault, left: times });
    },
    heal() {
      faults = [];
    },
    breakConnections: () => server.closeAllConnections(),
    forgetRequests() {
      requests.length = 0;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

function listen(server: Server): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => resolve(`127.0.0.1:${(server.address() as AddressInfo).port}`));
  });
}
