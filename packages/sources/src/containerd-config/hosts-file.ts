import { isAbsolute, join, posix } from "node:path";
import { CountersignError } from "@countersign/engine/values/error";
import { quote } from "@countersign/engine/values/go-format";
import {
  type ConfiguredHost,
  type HostCapability,
  hostCapabilities,
  type IdentityFiles,
} from "./configured-host.ts";
import { parseDuration } from "./duration.ts";
import { decodeHost, type HostTable } from "./host-table.ts";
import { type HostsTable, isTable, isTexts, parseHostsToml, stringAt, tableAt } from "./hosts-toml.ts";
import { nowhere, parseServerAddress } from "./server-address.ts";
import { hostsInOrder } from "./table-order.ts";

/**
 * Parses a hosts.toml: the hosts in the file's order, then the server. Keys it does not know are ignored.
 * Source: containerd 2.x docs/hosts.md; core/remotes/docker/config, parseHostsFile.
 * @param directory - what relative paths begin at
 * @throws CountersignError CONFIG_INVALID; neither headers nor passwords in addresses are repeated
 */
export function parseHostsFile(text: string, directory: string): readonly ConfiguredHost[] {
  const document = parseHostsToml(text);
  const tables = Object.entries(tableAt(document, "host"));
  if (!tables.every(holdsTable)) throw invalid(`"host" must hold tables, written [host."…"]`);
  const hosts = new Map(
    tables.map(([name, table]) => [name, naming(placeOf(name), () => decodeHost(table))]),
  );
  const server = naming("server", () => stringAt(document, "server"));
  const serverTable = naming("server", () => decodeHost(document));
  const listed = hostsInOrder(text).flatMap((name) => {
    const table = hosts.get(name);
    return table === undefined ? [] : [naming(placeOf(name), () => readHost(name, table, directory))];
  });
  return [...listed, naming("server", () => readHost(server, serverTable, directory))];
}

function holdsTable(entry: [string, unknown]): entry is [string, HostsTable] {
  return isTable(entry[1]);
}

function placeOf(host: string): string {
  return `host ${quote(withoutUser(host))}`;
}

function readHost(server: string, table: HostTable, directory: string): ConfiguredHost {
  const address = server === "" ? nowhere : parseServerAddress(server);
  const absolute = (path: string): string => (isAbsolute(path) ? path : join(directory, path));
  return {
    address,
    path: apiPath(address.path, table.overridePath),
    capabilities: readCapabilities(table.capabilities),
    tls: {
      authorities: readAuthorities(table.ca)?.map(absolute),
      identities: readIdentities(table.client, absolute),
      skipVerify: table.skipVerify,
    },
    headers: readHeaders(table.header),
    dialTimeout: readDialTimeout(table.dialTimeout),
  };
}

function apiPath(path: string, overridePath: boolean): string {
  const clean = posix.normalize(`/${path}`).replace(/\/$/, "");
  return overridePath || clean.endsWith("/v2") ? clean : `${clean}/v2`;
}

function readCapabilities(names: readonly string[]): ReadonlySet<HostCapability> {
  if (names.length === 0) return new Set(hostCapabilities);
  return new Set(
    names.map((name) => {
      const known = hostCapabilities.find((capability) => capability === name.toLowerCase());
      if (known === undefined) throw invalid(`unknown capability ${quote(name)}`);
      return known;
    }),
  );
}

function readAuthorities(value: unknown): readonly string[] | undefined {
  if (value === undefined) return undefined;
  const paths = typeof value === "string" ? [value] : value;
  if (!isTexts(paths)) throw invalid(`"ca" must be a path or an array of paths`);
  return paths;
}

function readIdentities(
  value: unknown,
  absolute: (path: string) => string,
): readonly IdentityFiles[] | undefined {
  const entries: readonly unknown[] = Array.isArray(value) ? value : value === undefined ? [] : [value];
  if (entries.length === 0) return undefined;
  return entries.map((entry) => {
    const pair = typeof entry === "string" ? [entry, ""] : entry;
    if (!isTexts(pair) || pair.length !== 2) {
      throw invalid(`"client" must be a path, an array of paths or an array of pairs of paths`);
    }
    const [certificate = "", key = ""] = pair;
    // The manual writes "" for a key that stands in the certificate's file.
    return { certificate: absolute(certificate), key: absolute(key === "" ? certificate : key) };
  });
}

function readHeaders(table: HostsTable): ReadonlyMap<string, readonly string[]> {
  return new Map(
    Object.entries(table).map(([name, value]) => {
      const values = typeof value === "string" ? [value] : value;
      if (!isTexts(values)) throw invalid(`header ${quote(name)} must be a text or an array of texts`);
      return [name, values] as const;
    }),
  );
}

function readDialTimeout(text: string): number | undefined {
  return text === "" ? undefined : parseDuration(text);
}

/** A name and password in front of a host are nobody's business. */
function withoutUser(address: string): string {
  return address.replace(/^([^/]*\/\/)?[^/]*@/, "$1");
}

function naming<T>(what: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    const { code, message } = CountersignError.from(error);
    throw new CountersignError(code, `${what}: ${message}`);
  }
}

function invalid(message: string): CountersignError {
  return new CountersignError("CONFIG_INVALID", message);
}
