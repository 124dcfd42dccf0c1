import { CountersignError } from "@countersign/engine/values/error";
import { quote } from "@countersign/engine/values/go-format";

/** Milliseconds in each unit. */
const units: ReadonlyMap<string, number> = new Map([
  ["ns", 1e-6],
  ["us", 1e-3],
  ["µs", 1e-3], // U+00B5, the micro sign
  ["μs", 1e-3], // U+03BC, the Greek letter
  ["ms", 1],
  ["s", 1000],
  ["m", 60_000],
  ["h", 3_600_000],
]);

/** Go keeps 63 bits of nanoseconds. */
const longest = 2 ** 63 / 1e6;

const term = /(\d+\.?\d*|\.\d+)([^\d.]*)/y;

/**
 * Parses `1s`, `1m30s`, `-1.5h` or `0` as Go does.
 * Source: Go's time.ParseDuration.
 * @returns milliseconds
 * @throws CountersignError CONFIG_INVALID, in Go's words
 */
export function parseDuration(text: string): number {
  const [, sign, rest = ""] = /^([+-]?)(.*)$/s.exec(text) ?? [];
  if (rest === "0") return 0;
  if (rest === "") throw invalid(text);
  let total = 0;
  term.lastIndex = 0;
  while (term.lastIndex < rest.length) {
    const [, number, unit = ""] = term.exec(rest) ?? [];
    if (number === undefined) throw invalid(text);
    if (unit === "")
      throw new CountersignError("CONFIG_INVALID", `time: missing unit in duration ${quote(text)}`);
    const factor = units.get(unit);
    if (factor === undefined) {
      throw new CountersignError(
        "CONFIG_INVALID",
        `time: unknown unit ${quote(unit)} in duration ${quote(text)}`,
      );
    }
    total += Number(number) * factor;
    if (total >= longest) throw invalid(text);
  }
  return sign === "-" ? -total : total;
}

function invalid(text: string): CountersignError {
  return new CountersignError("CONFIG_INVALID", `time: invalid duration ${quote(text)}`);
}
