import type { IncomingHttpHeaders } from "node:http";

/** Every value of a header that may come several times. */
export function headerValues(headers: IncomingHttpHeaders, name: string): readonly string[] {
  const value = headers[name];
  if (value === undefined) return [];
  return typeof value === "string" ? [value] : value;
}

/** The first value of a header that should come once. */
export function headerValue(headers: IncomingHttpHeaders, name: string): string | undefined {
  return headerValues(headers, name)[0];
}
