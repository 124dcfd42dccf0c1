import { ApiFailure, type ApiFailureCode } from "./api-server.ts";

/**
 * What a `Status` object, with which an API server refuses, means to a caller.
 * Source: k8s.io/apimachinery/pkg/apis/meta/v1, StatusReason.
 */
export function apiFailure(
  status: number,
  headers: Readonly<Record<string, string | string[] | undefined>>,
  body: unknown,
): ApiFailure {
  const { message, reason } = statusOf(body);
  const said = message === "" ? `the API server answered ${status}` : message.slice(0, longestMessage);
  const text = status === 401 ? `${said}: ${unauthorized}` : said;
  const seconds = Number(headers["retry-after"] ?? Number.NaN);
  return new ApiFailure(codeOf(status, reason), text, {
    ...(Number.isFinite(seconds) && { retryAfter: seconds * 1000 }),
  });
}

const longestMessage = 2000;
const unauthorized =
  "the API server does not know this program by its token or certificate; renew that of the kubeconfig, or see whether the pod's service account is still there";

function codeOf(status: number, reason: string): ApiFailureCode {
  if (reason === "AlreadyExists") return "exists";
  switch (status) {
    case 400:
    case 413:
    case 422:
      return "invalid";
    case 401:
      return "unauthorized";
    case 403:
      return "forbidden";
    case 404:
      return "notFound";
    case 409:
      return "conflict";
    case 410:
      return "expired";
    case 429:
    case 500:
    case 503:
    case 504:
      return "busy";
    default:
      return "unreachable";
  }
}

function statusOf(body: unknown): { readonly message: string; readonly reason: string } {
  if (typeof body !== "object" || body === null) return { message: "", reason: "" };
  const { message, reason } = body as { readonly message?: unknown; readonly reason?: unknown };
  return {
    message: typeof message === "string" ? message : "",
    reason: typeof reason === "string" ? reason : "",
  };
}
