import { answerJson, needed, textOf } from "./answer-json.ts";
import { unusable } from "./identity-token.ts";
import { type ServiceClient, serviceFailed, succeeded } from "./service-client.ts";

/** What a CI system puts into a job's environment for it to have an identity. */
export type AmbientVariables = Readonly<Record<string, string | undefined>>;

const audience = "sigstore";

/**
 * The token that the surroundings have for us: of GitLab, CircleCI and whoever else sets `SIGSTORE_ID_TOKEN`, or of
 * GitHub's Actions, which are asked for one.
 * @returns undefined where there is none to be had
 * @throws CountersignError IDENTITY_TOKEN_UNUSABLE, SIGNING_SERVICE_FAILED
 */
export async function ambientToken(
  variables: AmbientVariables,
  services: ServiceClient,
  signal: AbortSignal,
): Promise<string | undefined> {
  const given = variables["SIGSTORE_ID_TOKEN"];
  if (given !== undefined && given !== "") return given;
  const { ACTIONS_ID_TOKEN_REQUEST_URL: address, ACTIONS_ID_TOKEN_REQUEST_TOKEN: bearer } = variables;
  if (address === undefined || bearer === undefined) {
    if (variables["GITHUB_ACTIONS"] !== "true") return undefined;
    throw unusable("the job may not have one: give it `permissions: {id-token: write}`");
  }
  const url = URL.parse(address);
  if (url === null || (url.protocol !== "https:" && url.hostname !== "127.0.0.1")) {
    throw serviceFailed("GitHub's token service has no HTTPS address in ACTIONS_ID_TOKEN_REQUEST_URL");
  }
  url.searchParams.set("audience", audience);
  const service = "GitHub's token service";
  const headers = { accept: "application/json", authorization: `Bearer ${bearer}` };
  const request = { service, url, method: "GET", headers, secrets: [bearer] } as const;
  const body = succeeded(await services.ask(request, signal), request);
  return textOf(needed(answerJson(body, service), "value"));
}
