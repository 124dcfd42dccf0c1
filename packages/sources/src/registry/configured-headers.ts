import { CountersignError } from "@countersign/engine/values/error";
import { quote } from "@countersign/engine/values/go-format";
import type { HttpClient } from "./http-client.ts";
import type { ConfidentialHeaders, HttpRequest } from "./http-message.ts";

/** What a connection says of itself, and what would change how a body has to be read. */
const notOurs: ReadonlySet<string> = new Set([
  ...[
    "connection",
    "content-length",
    "expect",
    "host",
    "keep-alive",
    "proxy-authorization",
    "proxy-connection",
  ],
  ...["te", "trailer", "transfer-encoding", "upgrade", "accept-encoding", "range"],
]);

/**
 * Headers from a configuration file, ready to be sent.
 * @throws CountersignError CONFIG_INVALID for what is none; values are not repeated
 */
export function confidentialHeaders(written: ReadonlyMap<string, readonly string[]>): ConfidentialHeaders {
  const headers = new Map<string, readonly string[]>();
  for (const [name, values] of written) {
    if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name)) {
      throw invalid(`net/http: invalid header field name ${quote(name)}`);
    }
    if (!values.every((value) => /^[\t\x20-\x7e\x80-\xff]*$/.test(value))) {
      throw invalid(`net/http: invalid header field value for ${quote(name)}`);
    }
    const key = name.toLowerCase();
    if (!notOurs.has(key)) headers.set(key, [...(headers.get(key) ?? []), ...values]);
  }
  return Object.fromEntries(headers);
}

/** Sends them along with every request. They give way to what the request itself says of who asks and what it holds. */
export function sendingHeaders(http: HttpClient, configured: ConfidentialHeaders): HttpClient {
  return { send: (request, signal) => http.send(withHeaders(request, configured), signal) };
}

function withHeaders(request: HttpRequest, configured: ConfidentialHeaders): HttpRequest {
  const { authorization, accept: accepted, "content-type": contentType, ...others } = request.headers;
  const { accept, ...rest } = configured;
  const own = Object.entries({ authorization, "content-type": contentType }).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  const kept = Object.entries(rest).filter(([name]) => !own.some(([ours]) => ours === name));
  const replaced = Object.entries(others).filter(([name]) => !Object.hasOwn(rest, name));
  const types = [...(accept ?? []), ...(accepted === undefined ? [] : [accepted])].join(", ");
  return {
    ...request,
    headers: Object.fromEntries([...replaced, ...own, ...(types === "" ? [] : [["accept", types]])]),
    confidential: Object.fromEntries(kept),
  };
}

function invalid(message: string): CountersignError {
  return new CountersignError("CONFIG_INVALID", message);
}
