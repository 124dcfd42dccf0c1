import { authFilesHelper } from "../credentials/find-credentials.ts";
import type { ShortNameAliases } from "./short-name-aliases.ts";

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

/** What to do with a name that more than one registry may mean. */
export type ShortNameMode = "enforcing" | "permissive" | "disabled";

/** Hosts to look for short names at, in this order, and the file that says so. */
export interface SearchRegistries {
  readonly hosts: readonly string[];
  readonly origin: string;
}

/** How names without a registry are to be understood. */
export interface ShortNameConf {
  readonly mode: ShortNameMode;
  readonly aliases: ShortNameAliases;
  /** undefined: no file says anything of it */
  readonly search: SearchRegistries | undefined;
}

export interface RegistriesConf {
  readonly registries: readonly RegistryEntry[];
  /** programs to ask for credentials, and `containers-auth.json` for the files */
  readonly credentialHelpers: readonly string[];
  readonly shortNames: ShortNameConf;
}

/** What one file says; undefined where it says nothing. */
export interface RegistriesFile {
  /** one for each prefix */
  readonly registries: readonly RegistryEntry[];
  readonly credentialHelpers: readonly string[] | undefined;
  readonly mode: ShortNameMode | undefined;
  readonly aliases: ShortNameAliases;
  readonly search: SearchRegistries | undefined;
}

/**
 * Later files replace earlier entries of the same prefix whole, earlier aliases of the same name, and lists, even by
 * empty ones.
 * Source: sysregistriesv2 updateWithConfigurationFrom.
 */
export function mergeRegistriesFiles(files: readonly RegistriesFile[]): RegistriesConf {
  const registries = new Map<string, RegistryEntry>();
  for (const file of files) for (const entry of file.registries) registries.set(entry.prefix, entry);
  const helpers = lastSaid(files, ({ credentialHelpers }) => credentialHelpers) ?? [];
  return {
    registries: [...registries.values()],
    credentialHelpers: helpers.length === 0 ? [authFilesHelper] : helpers,
    shortNames: {
      mode: lastSaid(files, ({ mode }) => mode) ?? "permissive",
      aliases: new Map(files.flatMap(({ aliases }) => [...aliases])),
      search: lastSaid(files, ({ search }) => search),
    },
  };
}

export function primaryOf({ endpoints }: RegistryEntry): RegistryEndpoint {
  return endpoints.at(-1) as RegistryEndpoint;
}

function lastSaid<T>(
  files: readonly RegistriesFile[],
  said: (file: RegistriesFile) => T | undefined,
): T | undefined {
  return files.map(said).findLast((value) => value !== undefined);
}
