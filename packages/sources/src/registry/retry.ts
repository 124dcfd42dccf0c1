import type { Timing } from "../timing.ts";
import { headerValue } from "./header-values.ts";
import type { HttpAnswer, HttpFailure } from "./http-message.ts";

const defaultAttempts = 4;
const firstDelay = 500;
/** Nobody waits longer than this for one request; what a registry asks beyond it is a refusal. */
const maxTotalDelay = 60_000;

/**
 * Sends again after 429, after a server error that may pass and after a connection that broke, waiting longer
 * each time, or as long as the registry asks. What came last is the result. Only for requests that may be repeated.
 */
export async function withRetries(
  send: () => Promise<HttpAnswer | HttpFailure>,
  timing: Timing,
  signal: AbortSignal,
  attempts = defaultAttempts,
): Promise<HttpAnswer | HttpFailure> {
  let waited = 0;
  for (let attempt = 1; ; attempt++) {
    const result = await send();
    if (attempt === attempts || !mayPass(result)) return result;
    const delay = requestedDelay(result, timing) ?? backOff(attempt, timing);
    waited += delay;
    if (waited > maxTotalDelay) return result;
    await timing.sleep(delay, signal);
  }
}

const passingStatus: ReadonlySet<number> = new Set([429, 500, 502, 503, 504]);

function mayPass(result: HttpAnswer | HttpFailure): boolean {
  return result.type === "answer" ? passingStatus.has(result.status) : result.transient;
}

/** Doubles each time; the jitter keeps nodes that failed together from coming back together. */
function backOff(attempt: number, timing: Timing): number {
  return firstDelay * 2 ** (attempt - 1) * (0.5 + timing.random() / 2);
}

/** Milliseconds from Retry-After, in seconds or as a date (RFC 9110, section 10.2.3); undefined if it says nothing. */
function requestedDelay(result: HttpAnswer | HttpFailure, timing: Timing): number | undefined {
  const asked = result.type === "answer" ? headerValue(result.headers, "retry-after") : undefined;
  if (asked === undefined) return undefined;
  if (/^\d{1,9}$/.test(asked)) return Number(asked) * 1000;
  const delay = Date.parse(asked) - timing.now();
  return delay > 0 ? delay : undefined;
}
