import type { IncomingHttpHeaders } from "node:http";
import { Readable, type Writable } from "node:stream";

export interface HttpRequest {
  readonly method: "GET" | "HEAD" | "POST" | "PUT";
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  /**
   * Further headers, in lower case, that an administrator gave us for this one server: nobody else is sent them, and no
   * message repeats them
   */
  readonly confidential?: ConfidentialHeaders;
  /** one that is read as it is sent cannot be sent again */
  readonly body?: string | Uint8Array | Readable;
  /** bytes of a success's body that are accepted; of any other body only what explains an error is kept */
  readonly bodyLimit: number;
  /** set if asking twice does something else than asking once: it is then not sent again, whatever the trouble */
  readonly once?: true;
  /** takes a success's body as it arrives, for what is too large to be held; the answer's own is empty then */
  readonly sink?: Writable;
}

/** Whether bytes pass through that nobody holds: there is no limit but a standstill. */
export function isStreamed({ body, sink }: Pick<HttpRequest, "body" | "sink">): boolean {
  return sink !== undefined || body instanceof Readable;
}

export function isSuccess(status: number): boolean {
  return status >= 200 && status < 300;
}

export type ConfidentialHeaders = Readonly<Record<string, readonly string[]>>;

/** A whole answer: its body is read and bounded. */
export interface HttpAnswer {
  readonly type: "answer";
  /** of the request that was answered, after redirects */
  readonly url: URL;
  readonly status: number;
  readonly statusText: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Uint8Array;
}

/** There is no answer. */
export interface HttpFailure {
  readonly type: "failure";
  readonly url: URL;
  /** in the words of Go's net/http, without the URL */
  readonly reason: string;
  /** the connection broke, so trying again may help */
  readonly transient: boolean;
  /** who was met instead of a server that speaks TLS; undefined for all other trouble */
  readonly met?: "plain HTTP" | "nobody";
}
