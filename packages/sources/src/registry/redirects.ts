import { headerValue } from "./header-values.ts";
import type { HttpAnswer, HttpFailure, HttpRequest } from "./http-message.ts";
import { parseWebAddress } from "./web-address.ts";

/** Sends one request to wherever it points; `atHome` says that it never left the origin it was made for. */
export type Send = (request: HttpRequest, atHome: boolean) => Promise<HttpAnswer | HttpFailure>;

const maxRedirects = 10;
const redirectStatus: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/**
 * Follows redirects of a GET. Credentials stay with the origin they were meant for: a registry, or whoever can
 * make it redirect, must not be able to have them sent elsewhere, nor may a stranger send us back to the registry
 * with them. HTTPS never falls back to HTTP this way, nor does a body (a token request has a secret in it) travel.
 */
export async function followRedirects(first: HttpRequest, send: Send): Promise<HttpAnswer | HttpFailure> {
  let request = first;
  let atHome = true;
  for (let redirects = 0; ; redirects++) {
    const result = await send(request, atHome);
    if (result.type === "failure" || !redirectStatus.has(result.status) || first.method !== "GET")
      return result;
    const location = headerValue(result.headers, "location");
    if (location === undefined) return result;
    if (redirects === maxRedirects) return failure(request.url, `stopped after ${maxRedirects} redirects`);
    const target = parseWebAddress(location, request.url);
    if (target === undefined) {
      return failure(request.url, "redirected to something that is no HTTP address");
    }
    if (request.url.protocol === "https:" && target.protocol === "http:") {
      return failure(request.url, `redirected from HTTPS to plain HTTP at ${target.host}, refused`);
    }
    atHome &&= target.origin === first.url.origin;
    request = { ...(atHome ? first : withoutSecrets(first)), url: target };
  }
}

function withoutSecrets({ confidential: _ours, ...request }: HttpRequest): HttpRequest {
  const headers = Object.entries(request.headers).filter(([name]) => name.toLowerCase() !== "authorization");
  return { ...request, headers: Object.fromEntries(headers) };
}

function failure(url: URL, reason: string): HttpFailure {
  return { type: "failure", url, reason, transient: false };
}
