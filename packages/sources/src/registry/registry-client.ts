import type { RegistryCredentials } from "../credentials/credentials.ts";
import { parseAuthChallenges } from "./auth-challenge.ts";
import { type Authorization, authorize } from "./authorization.ts";
import { type Greetings, registryServer } from "./greeting.ts";
import { headerValues } from "./header-values.ts";
import type { HttpClient } from "./http-client.ts";
import type { HttpAnswer, HttpRequest } from "./http-message.ts";
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
}

export interface Repository {
  /** host[:port] as images name it */
  readonly domain: string;
  readonly path: string;
  readonly insecure: boolean;
}

/** Source: containers/image docker/docker_client.go, makeRequest. */
export function registryClient(
  repository: Repository,
  credentials: RegistryCredentials | undefined,
  http: HttpClient,
  { greetings, tokens }: RegistryMemory,
): RegistryClient {
  const { domain, path: name, insecure } = repository;
  const server = registryServer(domain, insecure);
  const scope = `repository:${name}:pull`;

  /** @param path - from the registry's `/v2/` */
  const askOnce = async (
    path: string,
    accept: string,
    bodyLimit: number,
    scopes: readonly string[],
    signal: AbortSignal,
  ) => {
    const greeting = await greetings.get(server, http, signal);
    const authorization = await authorize(greeting, credentials, scopes, http, tokens, signal);
    const url = new URL(path, greeting.base);
    const request: HttpRequest = {
      method: "GET",
      url,
      headers: headersFor(accept, authorization),
      bodyLimit,
    };
    const result = await http.send(request, signal);
    if (result.type === "failure") greetings.forget(server);
    return { answer: answered(result, request), authorization };
  };

  const ask: RegistryClient["get"] = async (path, accept, bodyLimit, signal) => {
    const { answer, authorization } = await askOnce(path, accept, bodyLimit, [scope], signal);
    if (answer.status !== 401) return answer;
    // What we relied on may be out of date, or the registry may want a scope that nobody could know of.
    const kept = authorization?.kept;
    const wanted = insufficientScope(answer);
    greetings.forget(server);
    if (kept !== undefined) tokens.forget(kept);
    if (kept === undefined && wanted === undefined) return answer;
    const scopes = wanted === undefined ? [scope] : [scope, wanted];
    return (await askOnce(path, accept, bodyLimit, scopes, signal)).answer;
  };

  return {
    get: (path, accept, bodyLimit, signal) => ask(`${name}/${path}`, accept, bodyLimit, signal),
    async getExtension(path, bodyLimit, signal) {
      const { listsSignatures } = await greetings.get(server, http, signal);
      if (!listsSignatures) return undefined;
      return ask(`../extensions/v2/${name}/${path}`, "*/*", bodyLimit, signal);
    },
  };
}

function headersFor(accept: string, authorization: Authorization | undefined): HttpRequest["headers"] {
  return {
    accept,
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
