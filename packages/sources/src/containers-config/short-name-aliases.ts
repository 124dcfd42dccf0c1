import { CountersignError } from "@countersign/engine/values/error";
import { quote } from "@countersign/engine/values/go-format";
import {
  isQualified,
  type NamedReference,
  parseNamedReference,
  parseReference,
} from "@countersign/engine/values/image-reference";

/** What a short name stands for, and the file that says so. */
export interface ShortNameAlias {
  /** a repository with its registry; undefined takes back what an earlier file says */
  readonly target: NamedReference | undefined;
  readonly origin: string;
}

/** Short names, without tag and digest, as they are written. */
export type ShortNameAliases = ReadonlyMap<string, ShortNameAlias>;

/**
 * Reads an `[aliases]` table.
 * Source: sysregistriesv2 newShortNameAliasCache, validateShortName, parseShortNameValue.
 * @throws CountersignError CONFIG_INVALID with every fault, one a line, in the reference's words
 */
export function readShortNameAliases(written: ReadonlyMap<string, string>, origin: string): ShortNameAliases {
  const faults: string[] = [];
  const collect = <T>(read: () => T): T | undefined => {
    try {
      return read();
    } catch (error) {
      faults.push(CountersignError.from(error).message);
      return undefined;
    }
  };
  const aliases = new Map<string, ShortNameAlias>();
  for (const [name, value] of written) {
    collect(() => requireShortName(name));
    const target = value === "" ? undefined : collect(() => readTarget(value));
    aliases.set(name, { target, origin });
  }
  if (faults.length > 0) throw invalid(faults.join("\n"));
  return aliases;
}

/** @throws CountersignError CONFIG_INVALID unless `name` is a repository without its registry */
export function requireShortName(name: string): void {
  const problem = (what: string) => invalid(`invalid short name ${quote(name)}: ${what}`);
  const parsed = parsedOr(name, (why) => `cannot parse short name: ${quote(name)}: ${why}`);
  if (parsed.digest !== undefined) throw problem("must not contain digest");
  if (parsed.tag !== undefined) throw problem("must not contain tag");
  if (isQualified(parsed)) throw problem("must not contain registry");
}

function readTarget(written: string): NamedReference {
  const problem = (what: string) => invalid(`invalid alias ${quote(written)}: ${what}`);
  const parsed = parsedOr(written, (why) => `parsing alias ${quote(written)}: ${why}`);
  if (parsed.digest !== undefined) throw problem("must not contain digest");
  if (parsed.tag !== undefined) throw problem("must not contain tag");
  if (!isQualified(parsed)) throw problem("must contain registry and repository");
  return parseNamedReference(written);
}

function parsedOr(text: string, explain: (why: string) => string): NamedReference {
  try {
    return parseReference(text);
  } catch (error) {
    throw invalid(explain(CountersignError.from(error).message));
  }
}

function invalid(message: string): CountersignError {
  return new CountersignError("CONFIG_INVALID", message);
}
