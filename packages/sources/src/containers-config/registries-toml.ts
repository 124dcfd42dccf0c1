import { booleanAt, stringAt, stringMapAt, stringsAt, type Table, tableAt, tablesAt } from "./toml-table.ts";

/** A registries.conf file with each value of its type, and nothing else checked. Missing texts are `""`. */
export interface RegistriesToml {
  readonly registries: readonly RegistryToml[];
  /** undefined: not said; an empty list takes back what other files say */
  readonly searchRegistries: readonly string[] | undefined;
  readonly credentialHelpers: readonly string[] | undefined;
  readonly shortNameMode: string;
  readonly aliases: ReadonlyMap<string, string>;
  /** whether it says anything in the format that is read no more */
  readonly isFormat1: boolean;
}

/** `[[registry]]` */
export interface RegistryToml extends EndpointToml {
  readonly prefix: string;
  readonly mirrors: readonly EndpointToml[];
  readonly blocked: boolean;
  readonly mirrorByDigestOnly: boolean;
}

/** `[[registry.mirror]]` */
export interface EndpointToml {
  readonly location: string;
  readonly insecure: boolean;
  readonly pullFromMirror: string;
}

/**
 * Reads what containers/image knows of a registries.conf file; unknown keys are ignored there, so here too.
 * Source: sysregistriesv2 V2RegistriesConf, V1RegistriesConf.
 * @throws CountersignError CONFIG_INVALID for a value of another type
 */
export function readRegistriesToml(document: Table): RegistriesToml {
  const top = { path: [], value: document };
  // Layers are the runtime's business, and so is telling this program the credentials; but it has to be a text.
  stringAt(top, "additional-layer-store-auth-helper");
  const old = tableAt(top, "registries", "V1TOMLConfig");
  const oldLists = ["search", "insecure", "block"].map((section) =>
    stringsAt(tableAt(old, section, "V1TOMLregistries"), "registries"),
  );
  return {
    registries: tablesAt(top, "registry", "Registry").map((registry) => ({
      ...readEndpoint(registry),
      prefix: stringAt(registry, "prefix"),
      mirrors: tablesAt(registry, "mirror", "Endpoint").map(readEndpoint),
      blocked: booleanAt(registry, "blocked"),
      mirrorByDigestOnly: booleanAt(registry, "mirror-by-digest-only"),
    })),
    searchRegistries: stringsAt(top, "unqualified-search-registries"),
    credentialHelpers: stringsAt(top, "credential-helpers"),
    shortNameMode: stringAt(top, "short-name-mode"),
    aliases: stringMapAt(top, "aliases"),
    isFormat1: oldLists.some((list) => list !== undefined),
  };
}

function readEndpoint(table: Parameters<typeof stringAt>[0]): EndpointToml {
  return {
    location: stringAt(table, "location"),
    insecure: booleanAt(table, "insecure"),
    pullFromMirror: stringAt(table, "pull-from-mirror"),
  };
}
