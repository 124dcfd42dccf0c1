import { CountersignError } from "../values/error.ts";

/**
 * Refuses something a stranger wrote, in the words that the verdict will give as reason. The judge turns this
 * code into a denial; whoever reads our own trust material turns it into TRUST_MATERIAL_INVALID.
 * What a stranger wrote is often part of it, and may have megabytes, so the reason is cut.
 * @throws CountersignError SIGNATURE_INVALID
 */
export function refuse(reason: string): never {
  const told =
    reason.length <= longestReason ? reason : `${reason.slice(0, longestReason - 1).toWellFormed()}…`;
  throw new CountersignError("SIGNATURE_INVALID", told);
}

/** Every name of a certificate that is told has room. */
const longestReason = 8 * 1024;

/** The reason, if `caught` came from {@link refuse} or from a parser of this engine; rethrows anything else. */
export function reasonOf(caught: unknown): string {
  if (caught instanceof CountersignError && parsingCodes.has(caught.code)) return caught.message;
  throw caught;
}

/** Runs a parser; what it refuses is refused again behind `prefix`. */
export function refusing<T>(prefix: string, parse: () => T): T {
  try {
    return parse();
  } catch (caught) {
    return refuse(`${prefix}${reasonOf(caught)}`);
  }
}

const parsingCodes: ReadonlySet<string> = new Set([
  "SIGNATURE_INVALID",
  "JSON_INVALID",
  "BASE64_INVALID",
  "DIGEST_INVALID",
]);
