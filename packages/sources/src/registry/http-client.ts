import type { Timing } from "../timing.ts";
import type { Connections, ConnectionTerms } from "./connections.ts";
import { exchange } from "./exchange.ts";
import { type HttpAnswer, type HttpFailure, type HttpRequest, isStreamed } from "./http-message.ts";
import { followRedirects } from "./redirects.ts";
import { withRetries } from "./retry.ts";

/** Sends requests to one server: redirects followed, passing trouble tried again, bodies bounded. */
export interface HttpClient {
  /** @throws CountersignError TOO_LARGE, CONFIG_INVALID, CANCELLED or DEADLINE_EXCEEDED */
  send(request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer | HttpFailure>;
}

export function httpClient(
  connections: Connections,
  terms: ConnectionTerms,
  timing: Timing,
  attempts?: number,
): HttpClient {
  // Only the registry itself learns who we are; where it redirects to is believed as much as it, no more.
  const elsewhere: ConnectionTerms = { ...terms, certificates: { ...terms.certificates, identities: [] } };
  const once = (request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer | HttpFailure> =>
    followRedirects(request, async (hop, atHome) =>
      exchange(await connections.sender(atHome ? terms : elsewhere, hop.url), hop, timing, signal),
    );
  return {
    send: (request, signal) =>
      withRetries(
        () => once(request, signal),
        timing,
        signal,
        request.once === true || isStreamed(request) ? 1 : attempts,
      ),
  };
}
