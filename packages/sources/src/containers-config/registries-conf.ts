import { CountersignError } from "@countersign/engine/values/error";
import { quote } from "@countersign/engine/values/go-format";
import { authFilesHelper } from "../credentials/find-credentials.ts";
import { booleanAt, stringAt, stringsAt, type Table, tableAt, tablesAt } from "./toml-table.ts";

/** One place that may serve an image. */
export interface RegistryEndpoint {
  /** what replaces the entry's prefix in a name; `""` leaves the name as it is */
  readonly location: string;
  /** skip TLS verification, and fall back to plain HTTP */
  readonly insecure: boolean;
  /** which references it may serve */
  readonly serves: "all" | "digests" | "tags";
}

/** A `[[registry]]` of containers-registries.conf(5), format 2. */
export interface RegistryEntry {
  /** the names it is about: a host, a repository or parent of some, or `*.host` */
  readonly prefix: string;
  readonly blocked: boolean;
  /** tried in this order: the mirrors, then the registry itself */
  readonly endpoints: readonly [...mirrors: RegistryEndpoint[], primary: RegistryEndpoint];
}

export interface RegistriesConf {
  readonly registries: readonly RegistryEntry[];
  /** programs to ask for credentials, and `containers-auth.json` for the files */
  readonly credentialHelpers: readonly string[];
}

/** What one file says; `credentialHelpers` undefined when it says nothing. */
export interface RegistriesFile {
  readonly registries: readonly RegistryEntry[];
  readonly credentialHelpers: readonly string[] | undefined;
}

/**
 * Checks one file's TOML as containers/image does (sysregistriesv2). Unknown keys are ignored there, so here too.
 * @throws CountersignError CONFIG_INVALID, in the reference's words where it has some
 */
export function readRegistriesFile(toml: Table): RegistriesFile {
  if (isFormat1(toml)) throw invalid("registries.conf must be in v2 format but is in v1");
  const registries = tablesAt(toml, "registry").map(readEntry);
  refuseContradictions(registries);
  const seen = new Set<string>();
  return {
    registries: registries.filter(({ prefix }) => !seen.has(prefix) && seen.add(prefix)),
    credentialHelpers: stringsAt(toml, "credential-helpers"),
  };
}

/** Later files replace earlier entries of the same prefix whole. */
export function mergeRegistriesFiles(files: readonly RegistriesFile[]): RegistriesConf {
  const registries = new Map<string, RegistryEntry>();
  for (const file of files) for (const entry of file.registries) registries.set(entry.prefix, entry);
  const helpers = files.findLast(
    ({ credentialHelpers }) => credentialHelpers !== undefined,
  )?.credentialHelpers;
  return {
    registries: [...registries.values()],
    credentialHelpers: helpers === undefined || helpers.length === 0 ? [authFilesHelper] : helpers,
  };
}

function readEntry(table: Table): RegistryEntry {
  const location = parseLocation(stringAt(table, "location"));
  const written = parseLocation(stringAt(table, "prefix"));
  if (written === "" && location === "") {
    throw invalid("invalid condition: both location and prefix are unset");
  }
  const prefix = written === "" ? location : written;
  const isWildcard = prefix.startsWith("*.");
  if (!isWildcard && location === "") {
    throw invalid("invalid condition: location is unset and prefix is not in the format: *.example.com");
  }
  if (isWildcard && /[/@:]/.test(prefix)) {
    throw invalid(
      `Wildcarded prefix should be in the format: *.example.com. Current prefix ${quote(prefix)} is incorrectly formatted`,
    );
  }
  if (stringAt(table, "pull-from-mirror") !== "") {
    throw invalid(`pull-from-mirror must not be set for a non-mirror registry ${quote(prefix)}`);
  }
  const digestsOnly = booleanAt(table, "mirror-by-digest-only");
  const mirrors = tablesAt(table, "mirror").map((mirror) => readMirror(mirror, prefix, digestsOnly));
  const primary: RegistryEndpoint = { location, insecure: booleanAt(table, "insecure"), serves: "all" };
  return { prefix, blocked: booleanAt(table, "blocked"), endpoints: [...mirrors, primary] };
}

function readMirror(table: Table, prefix: string, digestsOnly: boolean): RegistryEndpoint {
  const location = parseLocation(stringAt(table, "location"));
  if (location === "") throw invalid("invalid condition: mirror location is unset");
  const written = stringAt(table, "pull-from-mirror");
  if (digestsOnly && written !== "") {
    throw invalid(
      `cannot set mirror usage mirror-by-digest-only for the registry (${quote(prefix)}) and pull-from-mirror for per-mirror (${quote(location)}) at the same time`,
    );
  }
  const serves = mirrorUses.get(digestsOnly ? "digest-only" : written);
  if (serves === undefined) {
    throw invalid(`unsupported pull-from-mirror value ${quote(written)} for mirror ${quote(location)}`);
  }
  return { location, insecure: booleanAt(table, "insecure"), serves };
}

const mirrorUses: ReadonlyMap<string, RegistryEndpoint["serves"]> = new Map([
  ["", "all"],
  ["all", "all"],
  ["digest-only", "digests"],
  ["tag-only", "tags"],
]);

function parseLocation(written: string): string {
  const location = written.replace(/\/+$/, "");
  if (/^https?:\/\//.test(location)) {
    throw invalid(`invalid location '${written}': URI schemes are not supported`);
  }
  return location;
}

/** One place must not be insecure here and secure there, nor blocked in one entry only. */
function refuseContradictions(registries: readonly RegistryEntry[]): void {
  const first = new Map<string, RegistryEntry>();
  for (const entry of registries) {
    const { location } = primaryOf(entry);
    const place = location === "" ? entry.prefix : location;
    const other = first.get(place);
    if (other === undefined) first.set(place, entry);
    else if (primaryOf(other).insecure !== primaryOf(entry).insecure)
      throw contradiction(location, "insecure");
    else if (other.blocked !== entry.blocked) throw contradiction(location, "blocked");
  }
}

export function primaryOf({ endpoints }: RegistryEntry): RegistryEndpoint {
  return endpoints.at(-1) as RegistryEndpoint;
}

function contradiction(location: string, setting: string): CountersignError {
  return invalid(`registry '${location}' is defined multiple times with conflicting '${setting}' setting`);
}

function isFormat1(toml: Table): boolean {
  const old = tableAt(toml, "registries");
  return ["search", "insecure", "block"].some(
    (section) => stringsAt(tableAt(old, section), "registries") !== undefined,
  );
}

function invalid(message: string): CountersignError {
  return new CountersignError("CONFIG_INVALID", message);
}
