import type { IncomingHttpHeaders } from "node:http";

export interface HttpRequest {
  readonly method: "GET" | "POST";
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  /**
   * Further headers, in lower case, that an administrator gave us for this one server: nobody else is sent them, and no
   * message repeats them
   */
  readonly confidential?: ConfidentialHeaders;
  readonly body?: string;
  /** bytes of a 200's body that are accepted; of any other body only what explains an error is kept */
  readonly bodyLimit: number;
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
