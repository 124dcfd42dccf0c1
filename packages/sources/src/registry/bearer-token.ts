import { CountersignError } from "@countersign/engine/values/error";
import { quote } from "@countersign/engine/values/go-format";
import { type Json, parseJson } from "@countersign/engine/values/strict-json";
import type { RegistryCredentials } from "../credentials/credentials.ts";
import type { AuthChallenge } from "./auth-challenge.ts";
import type { HttpAnswer, HttpRequest } from "./http-message.ts";
import { redactUrl } from "./redact-url.ts";
import { readRefusal, refusalCode } from "./refusal.ts";
import { parseWebAddress } from "./web-address.ts";

/** A token and how long it may be used, counted from its arrival: the issuer's clock is not ours. */
export interface BearerToken {
  readonly token: string;
  /** milliseconds */
  readonly lifetime: number;
}

const maxTokenBody = 1024 * 1024;
/** What a token lives that does not say. Source: distribution's token specification. */
const defaultLifetime = 60_000;
const maxLifetime = 24 * 60 * 60_000;

/**
 * The request that obtains a token for `scopes`: GET with name and password, or an OAuth2 POST for a refresh token.
 * Source: distribution's token and oauth specifications, as containers/image sends them.
 * @param registry - where the challenge came from; what it got over HTTPS must not send us to plain HTTP
 * @throws CountersignError REGISTRY_ANSWER_INVALID for a challenge that names no usable token server
 */
export function tokenRequest(
  challenge: AuthChallenge,
  scopes: readonly string[],
  credentials: RegistryCredentials | undefined,
  registry: URL,
): HttpRequest {
  const realm = parseRealm(challenge, registry);
  const service = challenge.parameters.get("service") ?? "";
  if (credentials?.type === "identityToken") return refreshRequest(realm, service, scopes, credentials.token);
  const basic = credentials?.type === "basic" && credentials.username !== "" ? credentials : undefined;
  if (basic !== undefined) realm.searchParams.append("account", basic.username);
  if (service !== "") realm.searchParams.append("service", service);
  for (const scope of scopes) realm.searchParams.append("scope", scope);
  realm.searchParams.sort();
  const headers =
    basic === undefined || basic.password === "" ? {} : { authorization: basicAuthorization(basic) };
  return { method: "GET", url: realm, headers, bodyLimit: maxTokenBody };
}

function refreshRequest(realm: URL, service: string, scopes: readonly string[], token: string): HttpRequest {
  const form = new URLSearchParams(realm.search);
  if (service !== "") form.append("service", service);
  for (const scope of scopes) form.append("scope", scope);
  form.append("grant_type", "refresh_token");
  form.append("refresh_token", token);
  form.append("client_id", "countersign");
  const headers = { "content-type": "application/x-www-form-urlencoded" };
  return { method: "POST", url: realm, headers, body: form.toString(), bodyLimit: maxTokenBody };
}

export function basicAuthorization({ username, password }: { username: string; password: string }): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
}

/** @throws CountersignError REGISTRY_DENIED, REGISTRY_UNREACHABLE or REGISTRY_ANSWER_INVALID */
export function readToken(answer: HttpAnswer, request: HttpRequest): BearerToken {
  if (answer.status !== 200) throw tokenRefused(answer, request);
  const body = parseTokenBody(answer);
  const field = (name: string): Json | undefined =>
    body.kind === "object" ? body.members.findLast(([key]) => key.toLowerCase() === name)?.[1] : undefined;
  const [token, accessToken, expiresIn] = [field("token"), field("access_token"), field("expires_in")];
  const text = textOf(token) || textOf(accessToken);
  // A header is made of it: what cannot be in one is not a token.
  if (!/^[\x21-\x7e]+$/.test(text)) {
    throw invalid(`the token server at ${quote(redactUrl(answer.url))} answered without a usable token`);
  }
  const seconds = expiresIn?.kind === "number" ? Number(expiresIn.text) : 0;
  const lifetime = seconds > 0 ? Math.min(seconds * 1000, maxLifetime) : defaultLifetime;
  return { token: text, lifetime };
}

function parseRealm({ parameters }: AuthChallenge, registry: URL): URL {
  const text = parameters.get("realm");
  if (text === undefined) throw invalid("missing realm in bearer auth challenge");
  const realm = parseWebAddress(text);
  if (realm === undefined) {
    throw invalid(`the realm in the bearer auth challenge is no HTTP address: ${quote(text.slice(0, 200))}`);
  }
  if (registry.protocol === "https:" && realm.protocol === "http:") {
    throw invalid(
      `the bearer auth challenge asks to send credentials over plain HTTP to ${realm.host}, refused`,
    );
  }
  return realm;
}

function tokenRefused(answer: HttpAnswer, { method }: HttpRequest): CountersignError {
  const refusal = readRefusal(answer);
  if (answer.status === 429)
    return new CountersignError("REGISTRY_UNREACHABLE", "too many requests to registry");
  if (answer.status === 401) {
    const message = `unable to retrieve auth token: invalid username/password: ${refusal.text}`;
    return new CountersignError("REGISTRY_DENIED", message);
  }
  const doing = method === "GET" ? "Requesting bearer token" : "Trying to obtain access token";
  const status = `${answer.status} ${answer.statusText}`.trim();
  return new CountersignError(refusalCode(refusal), `${doing}: received unexpected HTTP status: ${status}`);
}

/** The message leaves out the body: a token may stand at its start. */
function parseTokenBody(answer: HttpAnswer): Json {
  try {
    return parseJson(answer.body);
  } catch (error) {
    const { message } = CountersignError.from(error);
    throw invalid(`decoding bearer token (last URL ${quote(redactUrl(answer.url))}): ${message}`);
  }
}

function textOf(value: Json | undefined): string {
  return value?.kind === "string" ? value.value : "";
}

function invalid(message: string): CountersignError {
  return new CountersignError("REGISTRY_ANSWER_INVALID", message);
}
