import { CountersignError } from "./error.ts";
import { quote } from "./go-format.ts";

/**
 * A decimal integer as people write it: `7`, `+7`, `007`.
 * Source: Go's strconv.Atoi.
 * @throws CountersignError REFERENCE_INVALID in Go's words; also for what no list of images reaches
 */
export function parseGoInteger(text: string): number {
  if (!/^[+-]?[0-9]+$/.test(text)) throw invalid(text, "invalid syntax");
  const number = Number(text);
  if (!Number.isSafeInteger(number)) throw invalid(text, "value out of range");
  return number === 0 ? 0 : number;
}

function invalid(text: string, why: string): CountersignError {
  return new CountersignError("REFERENCE_INVALID", `strconv.Atoi: parsing ${quote(text)}: ${why}`);
}
