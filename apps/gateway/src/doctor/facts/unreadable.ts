import { CountersignError } from "@countersign/engine/values/error";

/** The place of a fault without its words, which may repeat what stands there. */
export function unreadable(format: string, caught: unknown): CountersignError {
  const [place] = /\bline \d+(?:, column \d+)?/.exec(CountersignError.from(caught).message) ?? [];
  const at = place === undefined ? "" : ` (${place})`;
  return new CountersignError("CONFIG_INVALID", `is not ${format} that can be read here${at}`);
}
