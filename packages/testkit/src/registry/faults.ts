import type { ServerResponse } from "node:http";
import { type RegistryAnswer, refusal } from "./registry-answer.ts";

/** Does something to an answer that an honest, healthy registry would not do. */
export type Fault = (honest: RegistryAnswer, response: ServerResponse) => void;

/** Sends an answer as it is. */
export function send({ status, headers, body }: RegistryAnswer, response: ServerResponse): void {
  response.writeHead(status, { "content-length": body.length, ...headers });
  response.end(response.req.method === "HEAD" ? undefined : body);
}

/** Answers something else. */
export function answers(instead: RegistryAnswer): Fault {
  return (_honest, response) => send(instead, response);
}

export function refuses(status: number, code: string, message: string): Fault {
  return answers(refusal(status, code, message));
}

export function tooManyRequests(retryAfter?: string): Fault {
  const headers = retryAfter === undefined ? {} : { "retry-after": retryAfter };
  return answers(refusal(429, "TOOMANYREQUESTS", "too many requests", headers));
}

export function redirects(location: string, status = 307): Fault {
  return answers({ status, headers: { location }, body: new Uint8Array() });
}

/** Takes the request and never says a word. */
export function hangs(): Fault {
  return () => {};
}

/** Breaks the connection instead of answering. */
export function resets(): Fault {
  return (_honest, response) => {
    response.socket?.resetAndDestroy();
  };
}

/** Breaks the connection after `length` bytes of the body. */
export function breaksOff(length: number): Fault {
  return ({ status, headers, body }, response) => {
    response.writeHead(status, { "content-length": body.length, ...headers });
    response.write(body.subarray(0, length), () => response.socket?.resetAndDestroy());
  };
}

/** Sends the headers and one byte, tells `then`, and keeps the rest back for ever. */
export function stalls(then = (): void => {}): Fault {
  return ({ status, headers, body }, response) => {
    response.writeHead(status, { "content-length": body.length, ...headers });
    response.write(body.subarray(0, 1), then);
  };
}

/** Sends one byte of a body each `interval` milliseconds: never idle for long, and never done. */
export function drips(interval: number): Fault {
  return ({ status, headers }, response) => {
    response.writeHead(status, headers);
    const timer = setInterval(() => response.write(" "), interval);
    response.on("close", () => clearInterval(timer));
  };
}

/** Sends a body without end, as fast as it is taken; with a Content-Length that lies, if one is given. */
export function neverEnds(claimed?: number): Fault {
  return ({ status, headers }, response) => {
    const length = claimed === undefined ? {} : { "content-length": String(claimed) };
    response.strictContentLength = false;
    response.writeHead(status, { ...headers, ...length });
    const chunk = Buffer.alloc(64 * 1024, " ");
    const more = (): void => {
      while (!response.destroyed && response.write(chunk));
      if (!response.destroyed) response.once("drain", more);
    };
    more();
  };
}

/** Claims another length than the body has. */
export function claimsLength(length: number): Fault {
  return ({ status, headers, body }, response) => {
    response.strictContentLength = false;
    response.writeHead(status, { ...headers, "content-length": String(length) });
    response.write(body);
    if (length <= body.length) response.end();
  };
}

export function sendsAs(contentType: string | undefined): Fault {
  return ({ status, headers, body }, response) => {
    const { "content-type": _honest, ...others } = headers;
    send(
      {
        status,
        headers: contentType === undefined ? others : { ...others, "content-type": contentType },
        body,
      },
      response,
    );
  };
}

/** Changes one byte of the body. */
export function corrupts(): Fault {
  return ({ status, headers, body }, response) => {
    const changed = Buffer.from(body);
    changed[changed.length - 1] = (changed.at(-1) ?? 0) ^ 1;
    send({ status, headers, body: changed }, response);
  };
}
