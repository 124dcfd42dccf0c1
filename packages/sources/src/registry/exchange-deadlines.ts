import { Readable } from "node:stream";
import type { Timing } from "../timing.ts";
import { type HttpRequest, isStreamed } from "./http-message.ts";

/** How long the other side may be silent. */
export interface ExchangeDeadlines {
  /** the request as it is to be sent: a body that is read meanwhile tells when it moves */
  watching(request: HttpRequest): HttpRequest;
  /** the answer has begun */
  answered(): void;
  /** a piece of a body was taken from the other side */
  moved(): void;
  /** it is not the other side that is waited for */
  waiting(): void;
  stop(): void;
}

const headerDeadline = 30_000;
/** Ends a body that drips: 4 MiB take less at any speed worth waiting for. */
const answerDeadline = 60_000;
/** Of what may take hours as a whole, every piece has to move. */
const standstill = 60_000;
/** A registry copies a large blob once more before it says that it has it. */
const commitDeadline = 300_000;

/** @param giveUp - is told why */
export function deadlinesOf(
  request: HttpRequest,
  timing: Timing,
  giveUp: (reason: string) => void,
): ExchangeDeadlines {
  return isStreamed(request) ? perPiece(timing, giveUp) : wholeAnswer(timing, giveUp);
}

function wholeAnswer(timing: Timing, giveUp: (reason: string) => void): ExchangeDeadlines {
  const stopHeader = timing.after(headerDeadline, () =>
    giveUp("net/http: timeout awaiting response headers"),
  );
  const stopAnswer = timing.after(answerDeadline, () => giveUp("timeout: the answer did not end within 60s"));
  return {
    watching: (request) => request,
    answered: stopHeader,
    moved: () => {},
    waiting: () => {},
    stop: () => {
      stopHeader();
      stopAnswer();
    },
  };
}

function perPiece(timing: Timing, giveUp: (reason: string) => void): ExchangeDeadlines {
  let stopped = false;
  let disarm = (): void => {};
  const arm = (delay: number, reason: string): void => {
    disarm();
    if (!stopped) disarm = timing.after(delay, () => giveUp(reason));
  };
  const moved = (): void => arm(standstill, "timeout: nothing moved for 60s");
  const waiting = (): void => disarm();
  moved();
  async function* watched(body: Readable): AsyncGenerator<Uint8Array> {
    waiting();
    for await (const chunk of body) {
      moved();
      yield chunk;
      // whoever asks for the next piece has taken this one; from here on it is the body that is waited for
      waiting();
    }
    arm(commitDeadline, "timeout: no answer within 300s of the body's end");
  }
  return {
    watching(request) {
      const { body } = request;
      return body instanceof Readable
        ? { ...request, body: Readable.from(watched(body), { objectMode: false }) }
        : request;
    },
    answered: moved,
    moved,
    waiting,
    stop() {
      stopped = true;
      disarm();
    },
  };
}
