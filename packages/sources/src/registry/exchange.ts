import type { Writable } from "node:stream";
import { CountersignError } from "@countersign/engine/values/error";
import type { Dispatcher } from "undici";
import { cancellation } from "../cancellation.ts";
import type { Timing } from "../timing.ts";
import { CollectedBody } from "./collected-body.ts";
import { withoutEchoes } from "./echoed-secrets.ts";
import { deadlinesOf } from "./exchange-deadlines.ts";
import {
  type ConfidentialHeaders,
  type HttpAnswer,
  type HttpFailure,
  type HttpRequest,
  isSuccess,
} from "./http-message.ts";
import { describeFailure } from "./network-failure.ts";

/** The one thing needed of undici's dispatchers, and whether it asks by way of a proxy. */
export interface RequestDispatcher extends Pick<Dispatcher, "dispatch"> {
  readonly proxied?: true;
}

/** More of an error page than anyone reads. */
const maxErrorBody = 64 * 1024;

/**
 * One request, one answer; follows no redirect, tries nothing twice.
 * @throws CountersignError TOO_LARGE when a success's body exceeds the limit, whatever Content-Length claims;
 *   CANCELLED or DEADLINE_EXCEEDED when `signal` aborts
 */
export function exchange(
  dispatcher: RequestDispatcher,
  request: HttpRequest,
  timing: Timing,
  signal: AbortSignal,
): Promise<HttpAnswer | HttpFailure> {
  if (signal.aborted) return Promise.reject(cancellation(signal));
  return new Promise((resolve, reject) => {
    const { url, bodyLimit, sink } = request;
    let controller: Dispatcher.DispatchController | undefined;
    let head: Omit<HttpAnswer, "body"> | undefined;
    let done = false;
    let received = 0;
    const body = new CollectedBody();

    /** Settles once; what is left of the exchange is cut off, now or as soon as there is something to cut. */
    const end = (settle: () => void): void => {
      if (done) return;
      done = true;
      signal.removeEventListener("abort", cancel);
      deadlines.stop();
      settle();
    };
    const refuse = (error: CountersignError): void => {
      end(() => reject(error));
      controller?.abort(error);
    };
    const giveUp = (reason: string): void => {
      end(() => resolve({ type: "failure", url, reason, transient: false }));
      controller?.abort(new Error(reason));
    };
    const finish = (): void =>
      end(() => head !== undefined && resolve(withoutEchoes({ ...head, body: body.bytes() }, request)));
    const cancel = (): void => refuse(cancellation(signal));
    const isWanted = (): boolean => head !== undefined && isSuccess(head.status);
    const checkLength = (bytes: number): void => {
      if (request.method === "HEAD" || !isWanted() || !(bytes > bodyLimit)) return;
      refuse(new CountersignError("TOO_LARGE", `exceeded maximum allowed size of ${bodyLimit} bytes`));
    };

    signal.addEventListener("abort", cancel, { once: true });
    const deadlines = deadlinesOf(request, timing, giveUp);
    /** Hands a piece on; as long as nobody takes the next one, none is read. */
    const pass = (target: Writable, chunk: Uint8Array): void => {
      deadlines.moved();
      if (target.write(chunk)) return;
      controller?.pause();
      deadlines.waiting();
      target.once("drain", () => {
        deadlines.moved();
        controller?.resume();
      });
    };
    const handler: Dispatcher.DispatchHandler = {
      onRequestStart(started) {
        controller = started;
        if (done) started.abort(new Error("nobody waits any more"));
      },
      onResponseStart(_, status, headers, statusText = "") {
        head = { type: "answer", url, status, statusText, headers };
        deadlines.answered();
        checkLength(Number(headers["content-length"]));
      },
      onResponseData(_, chunk) {
        if (done) return;
        received += chunk.length;
        checkLength(received);
        if (done) return;
        if (sink !== undefined && isWanted()) {
          pass(sink, chunk);
          return;
        }
        body.push(chunk);
        if (isWanted() || received < maxErrorBody) return;
        finish();
        controller?.abort(new Error("the rest of an error page"));
      },
      onResponseEnd: finish,
      onResponseError(_, error) {
        end(() => resolve({ type: "failure", url, ...describeFailure(error, url, dispatcher.proxied) }));
      },
    };
    try {
      dispatcher.dispatch(optionsOf(deadlines.watching(request)), handler);
    } catch (error) {
      refuse(CountersignError.from(error));
    }
  });
}

function optionsOf({ method, url, headers, confidential, body }: HttpRequest): Dispatcher.DispatchOptions {
  const content = body === undefined ? {} : { body };
  const all = { ...headers, ...mutable(confidential) };
  return { origin: url.origin, path: url.pathname + url.search, method, headers: all, ...content };
}

function mutable(headers: ConfidentialHeaders = {}): Record<string, string[]> {
  return Object.fromEntries(Object.entries(headers).map(([name, values]) => [name, [...values]]));
}
