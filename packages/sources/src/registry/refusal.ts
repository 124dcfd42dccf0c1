import { CountersignError, type ErrorCode } from "@countersign/engine/values/error";
import { quote } from "@countersign/engine/values/go-format";
import { type Json, type JsonMember, parseJson } from "@countersign/engine/values/strict-json";
import { parseAuthChallenges } from "./auth-challenge.ts";
import { headerValues } from "./header-values.ts";
import type { HttpAnswer } from "./http-message.ts";
import { registryErrorMessages } from "./registry-error-codes.ts";

/** What a registry said instead of what was asked for. */
export interface Refusal {
  readonly status: number;
  /**
   * of the first error in the body, as the distribution specification names it; `""` if that error has none, undefined
   * without a readable one
   */
  readonly code: string | undefined;
  /** the first error's own words, if they add something to its code */
  readonly message: string | undefined;
  /** all of it as containers/image words it */
  readonly text: string;
}

/** More than any honest registry says; the text travels on in gRPC trailers, whose size is limited. */
const maxMessage = 1024;

/**
 * Reads an answer that is not the expected one.
 * Source: containers/image docker/errors.go and docker/distribution_error.go.
 */
export function readRefusal(answer: HttpAnswer): Refusal {
  const { status, statusText } = answer;
  if (status < 400 || status >= 500) {
    const words = `received unexpected HTTP status: ${`${status} ${statusText}`.trim()}`;
    return { status, code: undefined, message: undefined, text: words };
  }
  const listed = tokenError(answer) ?? firstError(answer);
  if (listed !== undefined) return { status, ...listed, text: wording(listed) };
  if (status === 401) {
    const message = registryErrorMessages.get("UNAUTHORIZED");
    return { status, code: "UNAUTHORIZED", message, text: message ?? "" };
  }
  return {
    status,
    code: undefined,
    message: undefined,
    text: `StatusCode: ${status}, ${sample(answer.body)}`,
  };
}

/** The stable code of a refusal; `RegistryUnavailable` is for those that may pass. */
export function refusalCode({ status, code }: Refusal): ErrorCode {
  if (status === 429 || status >= 500) return "REGISTRY_UNREACHABLE";
  if (status === 401 || status === 403 || code === "UNAUTHORIZED" || code === "DENIED")
    return "REGISTRY_DENIED";
  if (status === 404 || code === "MANIFEST_UNKNOWN" || code === "NAME_UNKNOWN") return "REGISTRY_NOT_FOUND";
  return "REGISTRY_ANSWER_INVALID";
}

/** An error of the list: `message` is undefined when it only repeats what the code means and nothing is added. */
type ListedError = Pick<Refusal, "code" | "message">;

function wording({ code, message }: ListedError): string {
  const id = (code || "UNKNOWN").toLowerCase().replaceAll("_", " ");
  if (message === undefined) return id;
  return message === registryErrorMessages.get(code || "UNKNOWN")
    ? message
    : `${id}: ${message.slice(0, maxMessage)}`;
}

/** A token that was refused says so in the header (RFC 6750, section 3.1). */
function tokenError({ status, headers }: HttpAnswer): ListedError | undefined {
  if (status !== 401) return undefined;
  for (const { scheme, parameters } of parseAuthChallenges(headerValues(headers, "www-authenticate"))) {
    const code = scheme === "bearer" ? tokenErrors.get(parameters.get("error") ?? "") : undefined;
    if (code !== undefined) {
      return { code, message: parameters.get("error_description") || registryErrorMessages.get(code) };
    }
  }
  return undefined;
}

const tokenErrors: ReadonlyMap<string, string> = new Map([
  ["invalid_token", "UNAUTHORIZED"],
  ["insufficient_scope", "DENIED"],
]);

function firstError({ status, body }: HttpAnswer): ListedError | undefined {
  const top = membersOf(parse(body));
  const details = textOf(field(top, "details"));
  if (details !== "") return { code: detailsCodes.get(status) ?? "UNKNOWN", message: details };
  const errors = field(top, "errors");
  if (errors?.kind !== "array" || !errors.items.every(isReadable)) return undefined;
  const [first] = errors.items;
  if (first?.kind !== "object") return undefined;
  const written = textOf(field(first.members, "code"));
  const code = written === "" || registryErrorMessages.has(written) ? written : "UNKNOWN";
  const message = textOf(field(first.members, "message"));
  const detail = field(first.members, "detail");
  const addsNothing = message === "" || message === registryErrorMessages.get(code || "UNKNOWN");
  return { code, message: addsNothing && (detail?.kind ?? "null") === "null" ? undefined : message };
}

/** One member of a wrong type, and the reference reads nothing of the list. */
function isReadable(error: Json): boolean {
  return ["code", "message"].every((name) => {
    const value = field(membersOf(error), name);
    return value === undefined || value.kind === "string" || value.kind === "null";
  });
}

const detailsCodes: ReadonlyMap<number, string> = new Map([
  [401, "UNAUTHORIZED"],
  [429, "TOOMANYREQUESTS"],
]);

function parse(body: Uint8Array): Json | undefined {
  try {
    return parseJson(body);
  } catch (error) {
    if (CountersignError.from(error).code === "JSON_INVALID") return undefined;
    throw error;
  }
}

function membersOf(value: Json | undefined): readonly JsonMember[] {
  return value?.kind === "object" ? value.members : [];
}

function field(members: readonly JsonMember[], name: string): Json | undefined {
  return members.findLast(([key]) => key.toLowerCase() === name)?.[1];
}

function textOf(value: Json | undefined): string {
  return value?.kind === "string" ? value.value : "";
}

function sample(body: Uint8Array): string {
  const start = new TextDecoder().decode(body.subarray(0, 50));
  return quote(body.length > 50 ? `${start}...` : start);
}
