import { CountersignError } from "@countersign/engine/values/error";
import { quote } from "@countersign/engine/values/go-format";
import { type AuthChallenge, parseAuthChallenges } from "./auth-challenge.ts";
import { headerValue, headerValues } from "./header-values.ts";
import type { HttpClient } from "./http-client.ts";
import type { HttpAnswer } from "./http-message.ts";
import { failureText, userAgent } from "./http-words.ts";
import { readRefusal, refusalCode } from "./refusal.ts";

/** A registry's server, and whether plain HTTP may be tried when HTTPS fails. */
export interface Server {
  /** host[:port], already where it is reached: `registry-1.docker.io`, never `docker.io` */
  readonly host: string;
  readonly insecure: boolean;
}

/** @param domain - host[:port] as images name it */
export function registryServer(domain: string, insecure: boolean): Server {
  return { host: domain === "docker.io" ? "registry-1.docker.io" : domain, insecure };
}

/** What a registry tells whoever asks `GET /v2/`. */
export interface Greeting {
  /** ends in `/v2/`; says whether HTTPS or HTTP it is */
  readonly base: URL;
  readonly challenges: readonly AuthChallenge[];
  /** that it hands out signatures itself (`X-Registry-Supports-Signatures: 1`), as OpenShift's does */
  readonly listsSignatures: boolean;
}

/** Remembers greetings for a minute, so that a burst of questions asks each registry once. */
export interface Greetings {
  /** @throws CountersignError with a registry code when neither way leads to a registry */
  get(server: Server, http: HttpClient, signal: AbortSignal): Promise<Greeting>;
  /** what a registry said lately; undefined if it was not asked */
  known(server: Server): Greeting | undefined;
  /** for a registry that no longer keeps what it said */
  forget(server: Server): void;
}

const lifetime = 60_000;
const maxGreetings = 1000;
const maxBody = 64 * 1024;

/** The challenge of `GET /v2/` is the one that counts: some registries give none when it matters. */
export function greetings(now: () => number): Greetings {
  const known = new Map<string, { readonly greeting: Greeting; readonly until: number }>();
  const recall = (server: Server): Greeting | undefined => {
    const entry = known.get(keyOf(server));
    return entry !== undefined && now() < entry.until ? entry.greeting : undefined;
  };
  return {
    async get(server, http, signal) {
      const recalled = recall(server);
      if (recalled !== undefined) return recalled;
      const greeting = await greet(server, http, signal);
      known.delete(keyOf(server));
      known.set(keyOf(server), { greeting, until: now() + lifetime });
      const [oldest] = known.keys();
      if (known.size > maxGreetings && oldest !== undefined) known.delete(oldest);
      return greeting;
    },
    known: recall,
    forget: (server) => known.delete(keyOf(server)),
  };
}

function keyOf({ host, insecure }: Server): string {
  return `${insecure ? "insecure " : ""}${host}`;
}

/** HTTPS, then HTTP if that is allowed; the last one's trouble is told. Source: containers/image detectProperties. */
async function greet({ host, insecure }: Server, http: HttpClient, signal: AbortSignal): Promise<Greeting> {
  if (!URL.canParse(`https://${host}/v2/`)) throw unaddressable(host, insecure);
  const secure = await ping(new URL(`https://${host}/v2/`), http, signal);
  const result =
    secure instanceof CountersignError && insecure
      ? await ping(new URL(`http://${host}/v2/`), http, signal)
      : secure;
  if (!(result instanceof CountersignError)) return result;
  throw new CountersignError(result.code, `pinging container registry ${host}: ${result.message}`);
}

/** What is a host to an image's name need not be one to anybody else: `app.example:99999`, `1.2.3.999`. */
function unaddressable(host: string, insecure: boolean): CountersignError {
  const [name, port = ""] = host.split(":");
  const why = Number(port) > 65_535 ? `address ${port}: invalid port` : `lookup ${name}: no such host`;
  const url = `${insecure ? "http" : "https"}://${host}/v2/`;
  return new CountersignError(
    "REGISTRY_UNREACHABLE",
    `pinging container registry ${host}: Get ${quote(url)}: dial tcp: ${why}`,
  );
}

async function ping(base: URL, http: HttpClient, signal: AbortSignal): Promise<Greeting | CountersignError> {
  const headers = { "docker-distribution-api-version": "registry/2.0", "user-agent": userAgent };
  const result = await http.send({ method: "GET", url: base, headers, bodyLimit: maxBody }, signal);
  if (result.type === "failure")
    return new CountersignError("REGISTRY_UNREACHABLE", failureText("GET", result));
  if (result.status === 200 || result.status === 401) return greetingOf(base, result);
  const refusal = readRefusal(result);
  return new CountersignError(refusalCode(refusal), refusal.text);
}

function greetingOf(base: URL, { headers }: HttpAnswer): Greeting {
  return {
    base,
    challenges: parseAuthChallenges(headerValues(headers, "www-authenticate")),
    listsSignatures: headerValue(headers, "x-registry-supports-signatures") === "1",
  };
}
