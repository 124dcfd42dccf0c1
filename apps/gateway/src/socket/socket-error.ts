import { CountersignError } from "@countersign/engine/values/error";
import type { RuntimeEndpoint } from "../runtime/runtime-endpoint.ts";

export function unusable(endpoint: RuntimeEndpoint, why: string): CountersignError {
  return new CountersignError("SOCKET_UNUSABLE", `cannot listen on ${endpoint.url}: ${why}`);
}

/** What the system says of a socket, as an error of ours. */
export function asSocketError(caught: unknown, endpoint: RuntimeEndpoint): CountersignError {
  if (caught instanceof CountersignError) return caught;
  const { code, message } = caught as NodeJS.ErrnoException;
  if (code === "EEXIST")
    return new CountersignError(
      "SOCKET_IN_USE",
      `cannot listen on ${endpoint.url}: another process was quicker`,
      {
        cause: caught,
      },
    );
  return new CountersignError("SOCKET_UNUSABLE", `cannot listen on ${endpoint.url}: ${message}`, {
    cause: caught,
  });
}
