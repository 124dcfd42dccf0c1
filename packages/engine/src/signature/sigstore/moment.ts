import type { Reader } from "../../values/strict-object.ts";
import { formatCertificateTime } from "../certificate-time.ts";

/**
 * A protobuf Timestamp in JSON, RFC 3339: seconds since 1970, to the millisecond. A day that does not exist is no moment.
 */
export const readMoment: Reader<number> = (json, path, report) => {
  const text = json.kind === "string" ? json.value : "";
  const [, local = "", zone = ""] = rfc3339.exec(text) ?? [];
  const milliseconds = Date.parse(text);
  if (zone !== "" && !Number.isNaN(milliseconds) && dayExists(local)) return milliseconds / 1000;
  report(path, "a time as 2026-01-31T23:59:59Z is expected");
  return undefined;
};

const rfc3339 = /^(\d{4}-\d\d-\d\d)T\d\d:\d\d:\d\d(?:\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/;

/** Date.parse takes the 30th of February for the 2nd of March. */
function dayExists(day: string): boolean {
  const parsed = Date.parse(`${day}T00:00:00Z`);
  return !Number.isNaN(parsed) && new Date(parsed).toISOString().startsWith(day);
}

/** For messages; strangers' numbers may be no moment at all. */
export function momentText(seconds: number): string {
  return formatCertificateTime({ seconds, offsetMinutes: 0 });
}
