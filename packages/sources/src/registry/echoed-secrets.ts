import { headerValues } from "./header-values.ts";
import { type HttpAnswer, type HttpRequest, isSuccess } from "./http-message.ts";

/** Shorter ones stand in too many words to be taken out of a text. */
const shortest = 6;

/**
 * A refusal without the secrets of its own request. Servers that debug, and those that mean harm, repeat what they were
 * sent, and their words end in events and logs that more people read than may know the secret.
 */
export function withoutEchoes(answer: HttpAnswer, request: HttpRequest): HttpAnswer {
  const secrets = secretsIn(request);
  if (isSuccess(answer.status) || secrets.length === 0) return answer;
  const clean = (text: string): string =>
    secrets.reduce((rest, secret) => rest.replaceAll(secret, "REDACTED"), text);
  return {
    ...answer,
    statusText: clean(answer.statusText),
    headers: { ...answer.headers, ...cleanChallenges(answer, clean) },
    // Latin-1 keeps every byte as it is.
    body: Buffer.from(clean(Buffer.from(answer.body).toString("latin1")), "latin1"),
  };
}

/** A header that came several times is a list, whatever its type says. */
function cleanChallenges({ headers }: HttpAnswer, clean: (text: string) => string): HttpAnswer["headers"] {
  const name = "www-authenticate";
  const challenges = headerValues(headers, name);
  return challenges.length === 0 ? {} : Object.fromEntries([[name, challenges.map(clean)]]);
}

/** The longest first: a password stands inside `user:password`. */
function secretsIn({ headers, confidential = {}, body }: HttpRequest): readonly string[] {
  const configured = Object.values(confidential).flat();
  const credentials = [headers["authorization"] ?? "", ...configured].flatMap(credentialsIn);
  const refreshToken = new URLSearchParams(typeof body === "string" ? body : "").get("refresh_token") ?? "";
  return [...credentials, ...configured, refreshToken, encodeURIComponent(refreshToken)]
    .filter((secret) => secret.length >= shortest)
    .sort((a, b) => b.length - a.length);
}

/** What follows the scheme of an `Authorization`, and the password in it. */
function credentialsIn(authorization: string): readonly string[] {
  const [scheme = "", credentials = ""] = authorization.split(" ", 2);
  const basic = scheme === "Basic" ? Buffer.from(credentials, "base64").toString("latin1") : "";
  return [credentials, basic.slice(basic.indexOf(":") + 1)];
}
