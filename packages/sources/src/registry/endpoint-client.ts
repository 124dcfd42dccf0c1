import { mediaTypes } from "@countersign/engine/values/manifest";
import type { RegistryCredentials } from "../credentials/credentials.ts";
import { type ApiEndpoint, endpointKey, endpointUrl, extensionUrl } from "./api-endpoint.ts";
import { type AuthChallenge, parseAuthChallenges } from "./auth-challenge.ts";
import { type Authorization, authorize } from "./authorization.ts";
import type { EndpointMemory } from "./endpoint-memory.ts";
import { headerValue, headerValues } from "./header-values.ts";
import type { HttpClient } from "./http-client.ts";
import type { HttpAnswer, HttpRequest } from "./http-message.ts";
import { answered, userAgent } from "./http-words.ts";
import type { RegistryClient } from "./registry-client.ts";
import type { TokenCache } from "./token-cache.ts";

/** How requests leave. */
export interface EndpointHttp {
  /** while the endpoint has not shown yet that it is there */
  readonly hasty: HttpClient;
  readonly patient: HttpClient;
}

/** Without a proof, with the wanted one, and with one for a scope that could not be foreseen. */
const maxAttempts = 3;

/**
 * Asks a host for what is wanted at once, and answers the challenge that comes with a refusal, as containerd does: what
 * stands in for a registry below some path need not say anything at `/v2/`.
 * Source: containerd core/remotes/docker, resolver.go and authorizer.go.
 */
export function endpointClient(
  endpoint: ApiEndpoint,
  credentials: RegistryCredentials | undefined,
  { hasty, patient }: EndpointHttp,
  { endpoints, tokens }: { readonly endpoints: EndpointMemory; readonly tokens: TokenCache },
): RegistryClient {
  let root = endpoints.find(endpoint)?.root ?? endpoint.roots[0];
  let isPresent = false;
  let listsSignatures = false;

  const send = async (request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer> => {
    const http = isPresent ? patient : hasty;
    const result = await http.send(request, signal);
    const next = endpoint.roots[endpoint.roots.findIndex(({ href }) => href === root.href) + 1];
    if (result.type === "failure" && next !== undefined && mayBePlain(result.met, root)) {
      root = next;
      endpoints.keep(endpoint, { root, challenges: [] });
      return send({ ...request, url: onto(root, request.url) }, signal);
    }
    const answer = answered(result, request);
    isPresent ||= answer.status < 500;
    listsSignatures ||= headerValue(answer.headers, "x-registry-supports-signatures") === "1";
    return answer;
  };

  const ask = async (
    { url, accept, bodyLimit }: { readonly url: URL; readonly accept: string; readonly bodyLimit: number },
    signal: AbortSignal,
  ): Promise<HttpAnswer> => {
    const prove = (challenges: readonly AuthChallenge[]): Promise<Authorization | undefined> => {
      const greeting = { base: root, challenges };
      const http = isPresent ? patient : hasty;
      return authorize(greeting, credentials, scopesOf(endpoint, challenges), http, tokens, signal);
    };
    const show = (proof: Authorization | undefined): Promise<HttpAnswer> => {
      const authorization = proof === undefined ? {} : { authorization: proof.header };
      const headers = { accept, "user-agent": userAgent, ...authorization };
      return send({ method: "GET", url: onto(root, url), headers, bodyLimit }, signal);
    };

    let challenges = endpoints.find(endpoint)?.challenges ?? [];
    let proof = await prove(challenges);
    for (let attempt = 1; ; attempt++) {
      const answer = await show(proof);
      // A challenge from wherever we were redirected to is not this host's, and gets none of its credentials.
      if (answer.status !== 401 || answer.url.origin !== root.origin || attempt === maxAttempts)
        return answer;
      const before = scopesOf(endpoint, challenges);
      challenges = challengesOf(answer);
      endpoints.keep(endpoint, { root, challenges });
      if (proof?.kept !== undefined) tokens.forget(proof.kept);
      const isRefused = proof !== undefined && proof.kept === undefined;
      if (isRefused && `${before}` === `${scopesOf(endpoint, challenges)}`) return answer;
      proof = await prove(challenges);
      if (proof === undefined) return answer;
    }
  };

  return {
    get: (path, accept, bodyLimit, signal) =>
      ask({ url: endpointUrl(root, endpoint, path), accept, bodyLimit }, signal),
    async getExtension(path, bodyLimit, signal) {
      const url = listsSignatures ? extensionUrl(root, endpoint, path) : undefined;
      return url === undefined ? undefined : ask({ url, accept: "*/*", bodyLimit }, signal);
    },
    getReferrers: (subject, query, bodyLimit, signal) => {
      const url = endpointUrl(root, endpoint, `referrers/${subject}`, query);
      return ask({ url, accept: mediaTypes.ociIndex, bodyLimit }, signal);
    },
    address: endpointKey(endpoint),
  };
}

/** Nobody spoke TLS; or nobody was there at all, at a port that nobody chose. */
function mayBePlain(met: "plain HTTP" | "nobody" | undefined, root: URL): boolean {
  return met === "plain HTTP" || (met === "nobody" && root.port === "");
}

/** The same address by another way of talking to the same host. */
function onto(root: URL, url: URL): URL {
  const moved = new URL(url);
  moved.protocol = root.protocol;
  return moved;
}

function challengesOf({ headers }: HttpAnswer): readonly AuthChallenge[] {
  return parseAuthChallenges(headerValues(headers, "www-authenticate")).toSorted(bearerFirst);
}

function bearerFirst(a: AuthChallenge, b: AuthChallenge): number {
  return Number(b.scheme === "bearer") - Number(a.scheme === "bearer");
}

/** The repository's, and what the host asks for: behind a path it may know the repository by a longer name. */
function scopesOf({ repository }: ApiEndpoint, challenges: readonly AuthChallenge[]): readonly string[] {
  const bearer = challenges.find(({ scheme }) => scheme === "bearer");
  const asked = (bearer?.parameters.get("scope") ?? "").split(" ").filter((scope) => scope !== "");
  return [...new Set([`repository:${repository}:pull`, ...asked])].sort();
}
