import type { Digest } from "@countersign/engine/values/digest";
import { CountersignError } from "@countersign/engine/values/error";
import { mediaTypes } from "@countersign/engine/values/manifest";
import type { RegistryCredentials } from "../credentials/credentials.ts";
import { parseAuthChallenges } from "./auth-challenge.ts";
import { type Authorization, authorize } from "./authorization.ts";
import { type Greetings, registryServer } from "./greeting.ts";
import { headerValues } from "./header-values.ts";
import type { HttpClient } from "./http-client.ts";
import { type HttpAnswer, type HttpRequest, isStreamed } from "./http-message.ts";
import { answered, userAgent } from "./http-words.ts";
import type { TokenCache } from "./token-cache.ts";

/** What outlives a single question. */
export interface RegistryMemory {
  readonly greetings: Greetings;
  readonly tokens: TokenCache;
}

/** Reads one repository of one registry. */
export interface RegistryClient {
  /**
   * GETs what stands below the repository, e.g. `manifests/latest`. A refusal is an answer too.
   * @param bodyLimit - bytes accepted of a 200's body
   * @throws CountersignError when nobody answers, the answer is too large, or no token is to be had
   */
  get(path: string, accept: string, bodyLimit: number, signal: AbortSignal): Promise<HttpAnswer>;
  /** The same below the repository among the registry's extensions; undefined when it has none for signatures. */
  getExtension(path: string, bodyLimit: number, signal: AbortSignal): Promise<HttpAnswer | undefined>;
  /** One page of the list of what refers to a manifest; @param query - of its address, `""` for the first */
  getReferrers(subject: Digest, query: string, bodyLimit: number, signal: AbortSignal): Promise<HttpAnswer>;
  /** names the repository and where it is asked for: what is remembered of it goes by this */
  readonly address: string;
}

/** Asks for anything below the repository, and brings things there. */
export interface RegistryPushClient extends RegistryClient {
  /**
   * A refusal is an answer too.
   * @throws CountersignError when nobody answers, the answer is too large, or no token is to be had
   */
  send(request: RegistryRequest, signal: AbortSignal): Promise<HttpAnswer>;
}

export interface RegistryRequest extends Omit<HttpRequest, "url" | "confidential"> {
  /** below the repository, e.g. `manifests/latest`; or the whole address that the registry told */
  readonly target: string | URL;
  /** what has to be allowed besides, such as pulling from another repository */
  readonly scopes?: readonly string[];
}

export interface Repository {
  /** host[:port] as images name it */
  readonly domain: string;
  readonly path: string;
  readonly insecure: boolean;
}

/**
 * @param actions - what a token has to be good for
 * Source: containers/image docker/docker_client.go, makeRequest.
 */
export function registryClient(
  repository: Repository,
  credentials: RegistryCredentials | undefined,
  http: HttpClient,
  { greetings, tokens }: RegistryMemory,
  actions: "pull" | "pull,push" = "pull",
): RegistryPushClient {
  const { domain, path: name, insecure } = repository;
  const server = registryServer(domain, insecure);
  const scope = `repository:${name}:${actions}`;

  /** Whoever a registry sends us to is told no secret of the registry's, and nothing in the clear that came encrypted. */
  const addressOf = (target: string | URL, base: URL): URL => {
    const url = new URL(target, base);
    if (base.protocol === "http:" || url.protocol === "https:") return url;
    const message = `the registry sends us from HTTPS to plain HTTP at ${url.host}, refused`;
    throw new CountersignError("REGISTRY_ANSWER_INVALID", message);
  };

  const askOnce = async (request: RegistryRequest, scopes: readonly string[], signal: AbortSignal) => {
    const greeting = await greetings.get(server, http, signal);
    const url = addressOf(request.target, greeting.base);
    const isOurs = url.origin === greeting.base.origin;
    const authorization = isOurs
      ? await authorize(greeting, credentials, scopes, http, tokens, signal)
      : undefined;
    const { target: _target, scopes: _scopes, headers, ...rest } = request;
    const asked: HttpRequest = { ...rest, url, headers: headersFor(headers, authorization) };
    const result = await http.send(asked, signal);
    if (result.type === "failure") greetings.forget(server);
    return { answer: answered(result, asked), authorization };
  };

  const ask: RegistryPushClient["send"] = async (request, signal) => {
    const foreseen = [scope, ...(request.scopes ?? [])];
    const { answer, authorization } = await askOnce(request, foreseen, signal);
    if (answer.status !== 401) return answer;
    // What we relied on may be out of date, or the registry may want a scope that nobody could know of.
    const kept = authorization?.kept;
    const wanted = insufficientScope(answer);
    greetings.forget(server);
    if (kept !== undefined) tokens.forget(kept);
    if (isStreamed(request) || (kept === undefined && wanted === undefined)) return answer;
    const scopes = wanted === undefined ? foreseen : [...foreseen, wanted];
    return (await askOnce(request, scopes, signal)).answer;
  };

  const get = (target: string, accept: string, bodyLimit: number, signal: AbortSignal) =>
    ask({ method: "GET", target, headers: { accept }, bodyLimit }, signal);

  return {
    get: (path, accept, bodyLimit, signal) => get(`${name}/${path}`, accept, bodyLimit, signal),
    async getExtension(path, bodyLimit, signal) {
      const { listsSignatures } = await greetings.get(server, http, signal);
      if (!listsSignatures) return undefined;
      return get(`../extensions/v2/${name}/${path}`, "*/*", bodyLimit, signal);
    },
    send: (request, signal) => {
      const { target } = request;
      return ask(typeof target === "string" ? { ...request, target: `${name}/${target}` } : request, signal);
    },
    getReferrers: (subject, query, bodyLimit, signal) =>
      get(`${name}/referrers/${subject}${query}`, mediaTypes.ociIndex, bodyLimit, signal),
    address: JSON.stringify([server.host, server.insecure, name]),
  };
}

function headersFor(
  headers: HttpRequest["headers"],
  authorization: Authorization | undefined,
): HttpRequest["headers"] {
  return {
    ...headers,
    "docker-distribution-api-version": "registry/2.0",
    "user-agent": userAgent,
    ...(authorization === undefined ? {} : { authorization: authorization.header }),
  };
}

/** The scope a registry says is missing: `type:name:actions`, and nothing else. */
function insufficientScope({ headers }: HttpAnswer): string | undefined {
  return parseAuthChallenges(headerValues(headers, "www-authenticate"))
    .filter(
      ({ scheme, parameters }) => scheme === "bearer" && parameters.get("error") === "insufficient_scope",
    )
    .map(({ parameters }) => parameters.get("scope") ?? "")
    .find((scope) => /^[^:\s]+:[^:\s]+:[^:\s]+$/.test(scope));
}
