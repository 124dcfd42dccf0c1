import { CountersignError } from "@countersign/engine/values/error";
import { quote } from "@countersign/engine/values/go-format";
import { isDomain } from "@countersign/engine/values/reference-grammar";
import type { RegistriesFile, RegistryEndpoint, RegistryEntry, ShortNameMode } from "./registries-conf.ts";
import { primaryOf } from "./registries-conf.ts";
import { type EndpointToml, type RegistryToml, readRegistriesToml } from "./registries-toml.ts";
import { readShortNameAliases } from "./short-name-aliases.ts";
import type { Table } from "./toml-table.ts";

/**
 * Checks one file's TOML as containers/image does (sysregistriesv2 loadConfigFile): in its order, so that of several
 * faults the same one is told.
 * @param origin - the file's path, for messages about what it says
 * @throws CountersignError CONFIG_INVALID, in the reference's words where it has some
 */
export function readRegistriesFile(document: Table, origin: string): RegistriesFile {
  const toml = readRegistriesToml(document);
  if (toml.isFormat1) throw invalid("registries.conf must be in v2 format but is in v1");
  const registries = toml.registries.map(readEntry);
  refuseContradictions(registries);
  const hosts = toml.searchRegistries?.map(readSearchRegistry);
  const mode = readMode(toml.shortNameMode);
  for (const { prefix } of registries) refuseMisplacedWildcard(prefix);
  const seen = new Set<string>();
  return {
    registries: registries.filter(({ prefix }) => !seen.has(prefix) && seen.add(prefix)),
    credentialHelpers: toml.credentialHelpers,
    mode,
    aliases: readAliases(toml.aliases, origin),
    search: hosts && { hosts, origin },
  };
}

function readEntry(registry: RegistryToml): RegistryEntry {
  const { insecure, blocked, mirrorByDigestOnly } = registry;
  const location = readLocation(registry.location);
  const prefix = registry.prefix === "" ? location : readLocation(registry.prefix);
  if (registry.prefix === "" && location === "") {
    throw invalid("invalid condition: both location and prefix are unset");
  }
  if (!prefix.startsWith("*.") && location === "") {
    throw invalid("invalid condition: location is unset and prefix is not in the format: *.example.com");
  }
  if (registry.pullFromMirror !== "") {
    throw invalid(`pull-from-mirror must not be set for a non-mirror registry ${quote(prefix)}`);
  }
  const mirrors = registry.mirrors.map((mirror) => readMirror(mirror, prefix, mirrorByDigestOnly));
  return { prefix, blocked, endpoints: [...mirrors, { location, insecure, serves: "all" }] };
}

function readMirror(mirror: EndpointToml, prefix: string, digestsOnly: boolean): RegistryEndpoint {
  const { insecure, pullFromMirror } = mirror;
  const location = readLocation(mirror.location);
  if (location === "") throw invalid("invalid condition: mirror location is unset");
  if (digestsOnly && pullFromMirror !== "") {
    throw invalid(
      `cannot set mirror usage mirror-by-digest-only for the registry (${quote(prefix)}) and pull-from-mirror for per-mirror (${quote(location)}) at the same time`,
    );
  }
  const serves = mirrorUses.get(digestsOnly ? "digest-only" : pullFromMirror);
  if (serves === undefined) {
    throw invalid(
      `unsupported pull-from-mirror value ${quote(pullFromMirror)} for mirror ${quote(location)}`,
    );
  }
  return { location, insecure, serves };
}

const mirrorUses: ReadonlyMap<string, RegistryEndpoint["serves"]> = new Map([
  ["", "all"],
  ["all", "all"],
  ["digest-only", "digests"],
  ["tag-only", "tags"],
]);

function readLocation(written: string): string {
  const location = written.replace(/(?<!\/)\/+$/, "");
  if (/^https?:\/\//.test(location)) {
    throw invalid(`invalid location '${written}': URI schemes are not supported`);
  }
  return location;
}

/** One place must not be insecure here and secure there, nor blocked in one entry only. */
function refuseContradictions(registries: readonly RegistryEntry[]): void {
  for (const [first, ...others] of Map.groupBy(registries, placeOf).values()) {
    if (first === undefined) continue;
    for (const other of others) {
      if (primaryOf(first).insecure !== primaryOf(other).insecure) throw contradiction(first, "insecure");
      if (first.blocked !== other.blocked) throw contradiction(first, "blocked");
    }
  }
}

function placeOf(entry: RegistryEntry): string {
  return primaryOf(entry).location || entry.prefix;
}

function contradiction(entry: RegistryEntry, setting: string): CountersignError {
  const { location } = primaryOf(entry);
  return invalid(`registry '${location}' is defined multiple times with conflicting '${setting}' setting`);
}

function readSearchRegistry(written: string): string {
  const host = readLocation(written);
  if (!isDomain(host)) throw invalid(`Invalid unqualified-search-registries entry ${quote(host)}`);
  return host;
}

function readMode(written: string): ShortNameMode | undefined {
  switch (written) {
    case "":
      return undefined;
    case "enforcing":
    case "permissive":
    case "disabled":
      return written;
    default:
      throw invalid(`invalid short-name mode: ${quote(written)}`);
  }
}

function refuseMisplacedWildcard(prefix: string): void {
  if (prefix.startsWith("*.") && /[/@:]/.test(prefix)) {
    throw invalid(
      `Wildcarded prefix should be in the format: *.example.com. Current prefix ${quote(prefix)} is incorrectly formatted`,
    );
  }
}

function readAliases(written: ReadonlyMap<string, string>, origin: string) {
  try {
    return readShortNameAliases(written, origin);
  } catch (error) {
    throw invalid(`validating short-name aliases: ${CountersignError.from(error).message}`);
  }
}

function invalid(message: string): CountersignError {
  return new CountersignError("CONFIG_INVALID", message);
}
