import { CountersignError } from "@countersign/engine/values/error";
import { quote } from "@countersign/engine/values/go-format";
import type { NetworkEnvironment } from "@countersign/sources/registry/connections";
import { openConnections } from "@countersign/sources/registry/connections";
import { httpClient } from "@countersign/sources/registry/http-client";
import { type HttpAnswer, type HttpRequest, isSuccess } from "@countersign/sources/registry/http-message";
import { failureText, userAgent } from "@countersign/sources/registry/http-words";
import type { Timing } from "@countersign/sources/timing";

/** What is asked of one of Sigstore's services. */
export interface ServiceRequest {
  /** as messages call it: `Fulcio` */
  readonly service: string;
  readonly url: URL;
  readonly method: "GET" | "POST";
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** what must not stand in a message, whoever repeats it */
  readonly secrets?: readonly string[];
}

/** Asks services by HTTP, with the system's CAs and proxies. Passing trouble is tried again, answers are bounded. */
export interface ServiceClient {
  /** An answer with another status than a success is an answer too. @throws CountersignError SIGNING_SERVICE_FAILED */
  ask(request: ServiceRequest, signal: AbortSignal): Promise<HttpAnswer>;
  /** Ends all connections. */
  close(): Promise<void>;
}

/** The largest is a log's entry with an attestation in it. */
const maxAnswer = 16 * 1024 * 1024;

export function openServices(environment: NetworkEnvironment, timing: Timing): ServiceClient {
  const connections = openConnections(environment);
  const certificates = { authorities: [], identities: [] };
  const http = httpClient(connections, { certificates, skipVerify: false }, timing);
  return {
    async ask({ service, url, method, headers, body }, signal) {
      const content = body === undefined ? {} : { body };
      const request: HttpRequest = {
        ...{ method, url, ...content, bodyLimit: maxAnswer },
        headers: { "user-agent": userAgent, ...headers },
      };
      const result = await http.send(request, signal);
      if (result.type === "answer") return result;
      throw serviceFailed(`${service}: ${failureText(method, result)}`);
    },
    close: () => connections.close(),
  };
}

/** A question in JSON, which is to be answered in JSON. */
export function jsonRequest(service: string, url: URL, body: object): ServiceRequest {
  return {
    ...{ service, url, method: "POST", body: JSON.stringify(body) },
    headers: { "content-type": "application/json", accept: "application/json" },
  };
}

/** What was asked for, or an error with the service's own words. */
export function succeeded(answer: HttpAnswer, { service, secrets = [] }: ServiceRequest): Uint8Array {
  if (isSuccess(answer.status)) return answer.body;
  const clean = (text: string): string =>
    secrets.reduce((rest, secret) => rest.replaceAll(secret, "REDACTED"), text);
  const said = wordsOf(answer.body, clean);
  throw serviceFailed(`${service} refused: ${answer.status} ${said}`.trim());
}

const maxWords = 500;

/**
 * gRPC's gateways say `message`; others say something.
 * @param clean - takes secrets out; before anything is cut, or a part of one would be told
 */
function wordsOf(body: Uint8Array, clean: (text: string) => string): string {
  const text = Buffer.from(body).toString();
  try {
    const { message } = JSON.parse(text) as { readonly message?: unknown };
    if (typeof message === "string") return quote(clean(message).slice(0, maxWords));
  } catch {
    // it is no JSON
  }
  return text === "" ? "" : quote(clean(text).slice(0, maxWords));
}

export function serviceFailed(message: string, options?: ErrorOptions): CountersignError {
  return new CountersignError("SIGNING_SERVICE_FAILED", message, options);
}

/** An address below a service's own: `https://rekor.example/api/v1/log/entries`. */
export function below(base: URL, path: string): URL {
  const url = new URL(base);
  url.pathname = `${base.pathname.replace(/\/+$/, "")}/${path}`;
  return url;
}
