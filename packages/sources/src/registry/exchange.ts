import type { IncomingHttpHeaders } from "node:http";
import { CountersignError } from "@countersign/engine/values/error";
import type { Dispatcher } from "undici";
import { cancellation } from "../cancellation.ts";
import type { Timing } from "../timing.ts";
import { describeFailure } from "./network-failure.ts";

export interface HttpRequest {
  readonly method: "GET" | "POST";
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** bytes of a 200's body that are accepted; of any other body only what explains an error is kept */
  readonly bodyLimit: number;
}

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
}

/** More of an error page than anyone reads. */
const maxErrorBody = 64 * 1024;
const headerDeadline = 30_000;
/** Ends a body that drips: 4 MiB take less at any speed worth waiting for. */
const answerDeadline = 60_000;

/**
 * One request, one answer; follows no redirect, tries nothing twice.
 * @throws CountersignError TOO_LARGE when a 200's body exceeds the limit, whatever Content-Length claims;
 *   CANCELLED or DEADLINE_EXCEEDED when `signal` aborts
 */
export function exchange(
  dispatcher: Dispatcher,
  request: HttpRequest,
  timing: Timing,
  signal: AbortSignal,
): Promise<HttpAnswer | HttpFailure> {
  const { url } = request;
  return new Promise((resolve, reject) => {
    let controller: Dispatcher.DispatchController | undefined;
    let ended: Error | undefined;
    const stopTimers: (() => void)[] = [];
    const release = (): void => {
      for (const stop of stopTimers) stop();
      signal.removeEventListener("abort", cancel);
    };
    /** Lets go of the connection, now or as soon as there is one. */
    const abandon = (why: Error): void => {
      ended = why;
      release();
      controller?.abort(why);
    };
    const fail = (cause: unknown): void => {
      release();
      resolve({ type: "failure", url, ...describeFailure(cause, url) });
    };
    const refuse = (error: CountersignError): void => {
      abandon(error);
      reject(error);
    };
    const giveUp = (reason: string): void => {
      abandon(new Error(reason));
      resolve({ type: "failure", url, reason, transient: false });
    };
    const cancel = (): void => refuse(cancellation(signal));
    if (signal.aborted) return cancel();
    signal.addEventListener("abort", cancel, { once: true });
    stopTimers.push(
      timing.after(headerDeadline, () => {
        if (answer === undefined) giveUp("net/http: timeout awaiting response headers");
      }),
      timing.after(answerDeadline, () => giveUp("timeout: the answer did not end within 60s")),
    );

    let answer: Omit<HttpAnswer, "body"> | undefined;
    const chunks: Buffer[] = [];
    let length = 0;
    const tooLarge = (): void =>
      refuse(
        new CountersignError("TOO_LARGE", `exceeded maximum allowed size of ${request.bodyLimit} bytes`),
      );
    const finish = (): void => {
      release();
      if (answer !== undefined) resolve({ ...answer, body: Buffer.concat(chunks) });
    };

    dispatcher.dispatch(
      { origin: url.origin, path: url.pathname + url.search, method: request.method, ...contentOf(request) },
      {
        onRequestStart(started) {
          controller = started;
          if (ended !== undefined) started.abort(ended);
        },
        onResponseStart(_controller, status, headers, statusText = "") {
          if (status < 200) return;
          answer = { type: "answer", url, status, statusText, headers };
          if (status === 200 && Number(headers["content-length"]) > request.bodyLimit) tooLarge();
        },
        onResponseData(_controller, chunk) {
          if (ended !== undefined) return;
          chunks.push(chunk);
          length += chunk.length;
          if (answer?.status === 200) {
            if (length > request.bodyLimit) tooLarge();
          } else if (length >= maxErrorBody) {
            abandon(new Error("the rest of an error page"));
            finish();
          }
        },
        onResponseEnd: finish,
        onResponseError(_controller, error) {
          if (ended === undefined) fail(error);
        },
      },
    );
  });
}

function contentOf({ headers, body }: HttpRequest): Pick<Dispatcher.DispatchOptions, "headers" | "body"> {
  return { headers: { ...headers }, ...(body === undefined ? {} : { body }) };
}
