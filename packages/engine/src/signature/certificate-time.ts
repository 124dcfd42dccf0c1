import { type DerReader, derTag } from "./der.ts";
import { refuse } from "./invalid.ts";

/** A moment written in a certificate: whole seconds since 1970, and the zone it was written in. */
export interface CertificateTime {
  readonly seconds: number;
  readonly offsetMinutes: number;
}

/**
 * Reads UTCTime or GeneralizedTime as cryptobyte does: seconds may be missing in a UTCTime, and a zone other than Z
 * is allowed (RFC 5280 forbids both).
 */
export function readCertificateTime(der: DerReader): CertificateTime {
  if (der.peek(derTag.utcTime)) {
    const text = der.content(derTag.utcTime);
    return parseTime(text, utcTime) ?? refuse("x509: malformed UTCTime");
  }
  if (der.peek(derTag.generalizedTime)) {
    const text = der.content(derTag.generalizedTime);
    return parseTime(text, generalizedTime) ?? refuse("x509: malformed GeneralizedTime");
  }
  return refuse("x509: unsupported time format");
}

/** RFC 3339 in the time's own zone, as Go formats it. */
export function formatCertificateTime({ seconds, offsetMinutes }: CertificateTime): string {
  const local = formatSeconds(seconds + offsetMinutes * 60);
  if (offsetMinutes === 0) return `${local}Z`;
  const minutes = Math.abs(offsetMinutes);
  const zone = `${pad(Math.floor(minutes / 60))}:${pad(minutes % 60)}`;
  return `${local}${offsetMinutes < 0 ? "-" : "+"}${zone}`;
}

const zone = "(?:(?<utc>Z)|(?<sign>[+-])(?<hours>\\d\\d)(?<minutes>\\d\\d))$";
const utcTime = new RegExp(
  `^(?<yy>\\d\\d)(?<mo>\\d\\d)(?<d>\\d\\d)(?<h>\\d\\d)(?<mi>\\d\\d)(?<s>\\d\\d)?${zone}`,
);
const generalizedTime = new RegExp(
  `^(?<yyyy>\\d{4})(?<mo>\\d\\d)(?<d>\\d\\d)(?<h>\\d\\d)(?<mi>\\d\\d)(?<s>\\d\\d)${zone}`,
);

function parseTime(content: Uint8Array | undefined, pattern: RegExp): CertificateTime | undefined {
  const groups = content && pattern.exec(Buffer.from(content).toString("latin1"))?.groups;
  if (!groups) return undefined;
  const number = (name: string): number => Number(groups[name] ?? 0);
  const year = groups["yyyy"] === undefined ? century(number("yy")) + number("yy") : number("yyyy");
  const [month, day, hour, minute, second] = ["mo", "d", "h", "mi", "s"].map(number);
  const milliseconds = utcMilliseconds(year, month ?? 0, day ?? 0, hour ?? 0, minute ?? 0, second ?? 0);
  const offsetMinutes = zoneOffset(groups["utc"], groups["sign"], number("hours"), number("minutes"));
  if (milliseconds === undefined || offsetMinutes === undefined) return undefined;
  return { seconds: milliseconds / 1000 - offsetMinutes * 60, offsetMinutes };
}

/** RFC 5280 §4.1.2.5.1: 50 to 99 are the last century's. */
function century(twoDigits: number): number {
  return twoDigits < 50 ? 2000 : 1900;
}

/** Undefined unless every part is in its range and the day exists. */
function utcMilliseconds(
  year: number,
  month: number,
  day: number,
  hour: number,
  minute: number,
  second: number,
): number | undefined {
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  date.setUTCHours(hour, minute, second);
  const dayExists = date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  return dayExists && hour < 24 && minute < 60 && second < 60 ? date.getTime() : undefined;
}

/** A zone must be written the one way Go writes it: `Z`, never `+0000`. */
function zoneOffset(
  utc: string | undefined,
  sign: string | undefined,
  hours: number,
  minutes: number,
): number | undefined {
  if (utc !== undefined) return 0;
  const offset = hours * 60 + minutes;
  if (offset === 0 || hours > 24 || minutes > 59) return undefined;
  return sign === "-" ? -offset : offset;
}

function formatSeconds(seconds: number): string {
  const date = new Date(seconds * 1000);
  if (Number.isNaN(date.getTime())) return `${seconds} seconds after 1970-01-01T00:00:00`;
  const year = date.getUTCFullYear();
  const yearText = year < 0 ? `-${pad(-year, 4)}` : pad(year, 4);
  const day = `${yearText}-${pad(date.getUTCMonth() + 1)}-${pad(date.getUTCDate())}`;
  return `${day}T${pad(date.getUTCHours())}:${pad(date.getUTCMinutes())}:${pad(date.getUTCSeconds())}`;
}

function pad(number: number, width = 2): string {
  return String(number).padStart(width, "0");
}
