import type { Agent, IncomingHttpHeaders, IncomingMessage, RequestOptions } from "node:http";
import type { Socket } from "node:net";
import { pipeline, Readable } from "node:stream";

import type { ConfidentialHeaders, HttpRequest } from "./http-message.ts";

/** What becomes of a request: `begun`, then `data` any number of times, then `ended`; or `failed` instead of what is left. */
export interface AnswerEvents {
  begun(status: number, statusText: string, headers: IncomingHttpHeaders): void;
  /** @returns what to wait for before more of the body is read */
  data(chunk: Uint8Array): Promise<void> | undefined;
  ended(): void;
  failed(error: unknown): void;
}

/** Sends requests on connections that are kept. */
export interface RequestSender {
  /** by way of a proxy */
  readonly proxied?: true;
  /** Sends one request, and cuts off what is left of it when `signal` aborts; events that still come then mean nothing. */
  send(request: HttpRequest, events: AnswerEvents, signal: AbortSignal): void;
}

/** How the requests of one sender reach the network. */
export interface Route {
  /** whose connections are used for URLs of this protocol */
  agentFor(protocol: string): Agent;
  /** milliseconds until there is a connection, TLS included */
  readonly connectTimeout: number;
}

/** Nobody answered in time; the network did not say why. */
export class ConnectTimeout extends Error {
  readonly code = "CONNECT_TIMEOUT";
}

/** Asks servers themselves. */
export function directSender(route: Route): RequestSender {
  return {
    send: (request, events, signal) =>
      sendByNode(request.url, optionsOf(request, route), request.body, events, signal, route),
  };
}

/**
 * Node's own client. It is not imported: an import of node:http loads Node's own undici too, for the globals that node:http
 * offers as well, which takes 30 ms and 10 MB.
 */
export function sendByNode(
  url: URL,
  options: RequestOptions,
  body: HttpRequest["body"],
  events: AnswerEvents,
  signal: AbortSignal,
  { connectTimeout }: Pick<Route, "connectTimeout">,
): void {
  if (signal.aborted) return;
  try {
    const { request } = process.getBuiltinModule(url.protocol === "https:" ? "node:https" : "node:http");
    const sent = request(url, options);
    signal.addEventListener("abort", () => sent.destroy(), { once: true });
    sent.on("socket", (socket) => {
      // one that another request is done with is connected, and `reusedSocket` is not said of it where this one was waiting
      if (socket.connecting) withinTime(socket, url.protocol, connectTimeout, (late) => sent.destroy(late));
    });
    let answer: IncomingMessage | undefined;
    sent.on("error", (error) => {
      // What comes after a whole answer is no matter of that answer: the connection is not used again, as with Go.
      if (answer?.complete !== true) events.failed(error);
    });
    sent.on("response", (response) => {
      answer = response;
      events.begun(response.statusCode ?? 0, response.statusMessage ?? "", headersOf(response));
      response.on("data", (chunk: Buffer) => {
        const taken = events.data(chunk);
        if (taken === undefined) return;
        response.pause();
        taken.then(() => response.resume());
      });
      response.on("end", () => {
        events.ended();
        // It answered before it had the whole body, and wants no more of it.
        if (!sent.writableFinished) sent.destroy();
      });
      response.on("error", (error) => events.failed(error));
    });
    if (body instanceof Readable) pipeline(body, sent, (error) => error && events.failed(error));
    else sent.end(body);
  } catch (error) {
    events.failed(error);
  }
}

function withinTime(
  socket: Socket,
  protocol: string,
  connectTimeout: number,
  giveUp: (late: ConnectTimeout) => void,
): void {
  const timer = setTimeout(() => giveUp(new ConnectTimeout("no connection in time")), connectTimeout);
  const stop = () => clearTimeout(timer);
  socket.once(protocol === "https:" ? "secureConnect" : "connect", stop);
  socket.once("close", stop);
}

export function optionsOf(
  { method, url, headers, confidential }: HttpRequest,
  { agentFor }: Route,
): RequestOptions {
  return { method, headers: { ...headers, ...mutable(confidential) }, agent: agentFor(url.protocol) };
}

function mutable(headers: ConfidentialHeaders = {}): Record<string, string[]> {
  return Object.fromEntries(Object.entries(headers).map(([name, values]) => [name, [...values]]));
}

/** Every value of a header that came several times; Node's own `headers` leaves out some and joins others. */
function headersOf({ headersDistinct }: IncomingMessage): IncomingHttpHeaders {
  return Object.fromEntries(
    Object.entries(headersDistinct).map(([name, values = []]) => [
      name,
      values.length === 1 ? values[0] : values,
    ]),
  );
}
