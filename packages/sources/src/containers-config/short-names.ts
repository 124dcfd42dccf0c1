import { CountersignError } from "@countersign/engine/values/error";
import { quote } from "@countersign/engine/values/go-format";
import {
  formatReference,
  isNameOnly,
  isQualified,
  type NamedReference,
  parseNamedReference,
  parseReference,
} from "@countersign/engine/values/image-reference";
import type { ShortNameConf } from "./registries-conf.ts";
import { requireShortName, type ShortNameAliases } from "./short-name-aliases.ts";

/** What a name may mean, in the order in which it is to be tried, and why. */
export interface ResolvedName {
  /** with a tag or a digest each, or with both where both were written */
  readonly candidates: readonly [NamedReference, ...NamedReference[]];
  readonly source: NameSource;
}

export type NameSource =
  /** the name says its registry */
  { readonly type: "written" } | ShortNameSource;

export type ShortNameSource =
  /** an alias of the file `origin` */
  | { readonly type: "alias"; readonly shortName: string; readonly origin: string }
  /** the unqualified-search-registries of the file `origin` */
  | { readonly type: "search"; readonly shortName: string; readonly origin: string };

/** Whether a name leaves open which registry is meant. @throws CountersignError REFERENCE_INVALID */
export function isShortName(name: string): boolean {
  return !isQualified(parseInput(name));
}

/**
 * Finds what a name means by registries.conf: an alias decides alone, else every search registry is a candidate. There
 * is nobody to be asked which one is meant, so `enforcing` refuses where there are several.
 *
 * @param own - the user's aliases, which count before those of `conf`
 * Source: containers/image pkg/shortnames Resolve, without a terminal.
 * @throws CountersignError REFERENCE_INVALID or SHORT_NAME_UNRESOLVED, in the reference's words
 */
export function resolveShortName(conf: ShortNameConf, own: ShortNameAliases, name: string): ResolvedName {
  const parsed = parseInput(name);
  if (isQualified(parsed)) {
    return {
      candidates: [tagged(complete(name, `cannot normalize input: ${quote(name)}`))],
      source: { type: "written" },
    };
  }
  const shortName = formatReference({ ...parsed, tag: undefined, digest: undefined });
  requireShortName(shortName);
  const alias = own.get(shortName) ?? conf.aliases.get(shortName);
  if (alias?.target !== undefined) {
    const { tag, digest } = parsed;
    const target = tagged({ ...alias.target, tag, digest });
    return { candidates: [target], source: { type: "alias", shortName, origin: alias.origin } };
  }
  const { search, mode } = conf;
  const [first, ...others] = (search?.hosts ?? []).map((host) =>
    tagged(complete(`${host}/${name}`, `creating reference with unqualified-search registry ${quote(host)}`)),
  );
  if (search === undefined || first === undefined) throw unresolved(name, search?.origin);
  if (mode === "enforcing" && others.length > 0) {
    throw ambiguous("short-name resolution enforced but cannot prompt without a TTY");
  }
  return { candidates: [first, ...others], source: { type: "search", shortName, origin: search.origin } };
}

/** Where a name came from, in the reference's words. */
export function describeSource({ type, shortName, origin }: ShortNameSource): string {
  return type === "alias"
    ? `Resolved ${quote(shortName)} as an alias (${origin})`
    : `Resolving ${quote(shortName)} using unqualified-search registries (${origin})`;
}

function parseInput(name: string): NamedReference {
  try {
    return parseReference(name);
  } catch (error) {
    throw invalidName(`cannot parse input: ${quote(name)}`, error);
  }
}

function complete(name: string, doing: string): NamedReference {
  try {
    return parseNamedReference(name);
  } catch (error) {
    throw invalidName(doing, error);
  }
}

function tagged(name: NamedReference): NamedReference {
  return isNameOnly(name) ? { ...name, tag: "latest" } : name;
}

function invalidName(what: string, error: unknown): CountersignError {
  return new CountersignError("REFERENCE_INVALID", `${what}: ${CountersignError.from(error).message}`);
}

function unresolved(name: string, origin: string | undefined): CountersignError {
  const nowhere =
    origin === undefined
      ? "no containers-registries.conf(5) was found"
      : `no unqualified-search registries are defined in ${quote(origin)}`;
  return ambiguous(`short-name ${quote(name)} did not resolve to an alias and ${nowhere}`);
}

function ambiguous(message: string): CountersignError {
  return new CountersignError("SHORT_NAME_UNRESOLVED", message);
}
