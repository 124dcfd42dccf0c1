import { CountersignError } from "@countersign/engine/values/error";
import { quote } from "@countersign/engine/values/go-format";
import type { HttpAnswer, HttpFailure, HttpRequest } from "./http-message.ts";
import { redactUrl } from "./redact-url.ts";

/** How we introduce ourselves to servers. */
export const userAgent = "countersign";

/** As Go's net/http words it: `Get "https://host/v2/": EOF`. */
export function failureText(method: HttpRequest["method"], { url, reason }: HttpFailure): string {
  return `${method.charAt(0)}${method.slice(1).toLowerCase()} ${quote(redactUrl(url))}: ${reason}`;
}

/** @throws CountersignError REGISTRY_UNREACHABLE when there is no answer */
export function answered(result: HttpAnswer | HttpFailure, { method }: HttpRequest): HttpAnswer {
  if (result.type === "answer") return result;
  throw new CountersignError("REGISTRY_UNREACHABLE", failureText(method, result));
}
