import type { Writable } from "node:stream";
import { CountersignError } from "@countersign/engine/values/error";
import { cancellation } from "../cancellation.ts";
import type { Timing } from "../timing.ts";
import { CollectedBody } from "./collected-body.ts";
import { withoutEchoes } from "./echoed-secrets.ts";
import { deadlinesOf } from "./exchange-deadlines.ts";
import { type HttpAnswer, type HttpFailure, type HttpRequest, isSuccess } from "./http-message.ts";
import { describeFailure } from "./network-failure.ts";
import type { RequestSender } from "./request-sender.ts";

/** More of an error page than anyone reads. */
const maxErrorBody = 64 * 1024;

/**
 * One request, one answer; follows no redirect, tries nothing twice.
 * @throws CountersignError TOO_LARGE when a success's body exceeds the limit, whatever Content-Length claims;
 *   CANCELLED or DEADLINE_EXCEEDED when `signal` aborts
 */
export function exchange(
  sender: RequestSender,
  request: HttpRequest,
  timing: Timing,
  signal: AbortSignal,
): Promise<HttpAnswer | HttpFailure> {
  if (signal.aborted) return Promise.reject(cancellation(signal));
  return new Promise((resolve, reject) => {
    const { url, bodyLimit, sink } = request;
    const cut = new AbortController();
    let head: Omit<HttpAnswer, "body"> | undefined;
    let done = false;
    let received = 0;
    const body = new CollectedBody();

    /** Settles once. */
    const end = (settle: () => void): void => {
      if (done) return;
      done = true;
      signal.removeEventListener("abort", cancel);
      deadlines.stop();
      settle();
    };
    const refuse = (error: CountersignError): void => {
      end(() => reject(error));
      cut.abort();
    };
    const giveUp = (reason: string): void => {
      end(() => resolve({ type: "failure", url, reason, transient: false }));
      cut.abort();
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
    const pass = async (target: Writable, chunk: Uint8Array): Promise<void> => {
      deadlines.moved();
      if (target.write(chunk)) return;
      deadlines.waiting();
      await new Promise<void>((taken) => target.once("drain", taken));
      deadlines.moved();
    };
    sender.send(
      deadlines.watching(request),
      {
        begun(status, statusText, headers) {
          head = { type: "answer", url, status, statusText, headers };
          deadlines.answered();
          checkLength(Number(headers["content-length"]));
        },
        data(chunk) {
          if (done) return undefined;
          received += chunk.length;
          checkLength(received);
          if (done) return undefined;
          if (sink !== undefined && isWanted()) return pass(sink, chunk);
          body.push(chunk);
          if (isWanted() || received < maxErrorBody) return undefined;
          finish();
          cut.abort();
          return undefined;
        },
        ended: finish,
        failed: (error) =>
          end(() => resolve({ type: "failure", url, ...describeFailure(error, url, sender.proxied) })),
      },
      cut.signal,
    );
  });
}
