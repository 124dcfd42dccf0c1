import type { RegistryCredentials } from "../credentials/credentials.ts";
import { basicAuthorization, readToken, tokenRequest } from "./bearer-token.ts";
import type { Greeting } from "./greeting.ts";
import type { HttpClient } from "./http-client.ts";
import { answered } from "./http-words.ts";
import type { TokenCache, TokenOwner } from "./token-cache.ts";

/** What to put into an `Authorization` header. */
export interface Authorization {
  readonly header: string;
  /** set when it is a token kept from an earlier request, which may have been revoked since */
  readonly kept: TokenOwner | undefined;
}

/**
 * Answers the first challenge that is basic or bearer; undefined when there is none or nothing to answer with,
 * which leaves the request anonymous. Anonymous questions get tokens too.
 * @param scopes - `repository:<path>:pull`, and whatever the registry asked for since
 * @throws CountersignError when the token server refuses or does not answer
 */
export async function authorize(
  { base, challenges }: Pick<Greeting, "base" | "challenges">,
  credentials: RegistryCredentials | undefined,
  scopes: readonly string[],
  http: HttpClient,
  tokens: TokenCache,
  signal: AbortSignal,
): Promise<Authorization | undefined> {
  const challenge = challenges.find(({ scheme }) => scheme === "basic" || scheme === "bearer");
  if (challenge === undefined) return undefined;
  if (challenge.scheme === "basic") {
    return credentials?.type === "basic"
      ? { header: basicAuthorization(credentials), kept: undefined }
      : undefined;
  }
  if (credentials?.type === "registryToken")
    return { header: `Bearer ${credentials.token}`, kept: undefined };
  const owner = { host: base.host, realm: challenge.parameters.get("realm") ?? "", scopes, credentials };
  const known = tokens.find(owner);
  if (known !== undefined) return { header: `Bearer ${known}`, kept: owner };
  const request = tokenRequest(challenge, scopes, credentials, base);
  const token = readToken(answered(await http.send(request, signal), request), request);
  tokens.keep(owner, token);
  return { header: `Bearer ${token.token}`, kept: undefined };
}
