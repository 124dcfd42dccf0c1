import { isAbsolute, join, posix } from "node:path";
import { CountersignError } from "@countersign/engine/values/error";
import { quote } from "@countersign/engine/values/go-format";
import {
  type ConfiguredHost,
  type HostCapability,
  type HostTlsFiles,
  hostCapabilities,
  type IdentityFiles,
} from "./configured-host.ts";
import { parseDuration } from "./duration.ts";
import {
  booleanAt,
  type HostsTable,
  isTable,
  isTexts,
  parseHostsToml,
  stringAt,
  stringsAt,
  tableAt,
  valueAt,
} from "./hosts-toml.ts";
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
  const byName = new Map(tables);
  const hosts = hostsInOrder(text).map((name) =>
    naming(`host ${quote(withoutUser(name))}`, () => readHost(name, byName.get(name) ?? {}, directory)),
  );
  return [...hosts, naming("server", () => readHost(stringAt(document, "server"), document, directory))];
}

function holdsTable(entry: [string, unknown]): entry is [string, HostsTable] {
  return isTable(entry[1]);
}

function readHost(server: string, table: HostsTable, directory: string): ConfiguredHost {
  const address = server === "" ? nowhere : parseServerAddress(server);
  const overridePath = booleanAt(table, "override_path") ?? false;
  const absolute = (path: string): string => (isAbsolute(path) ? path : join(directory, path));
  return {
    address,
    path: apiPath(address.path, overridePath),
    capabilities: readCapabilities(stringsAt(table, "capabilities")),
    tls: readTls(table, absolute),
    headers: readHeaders(tableAt(table, "header")),
    dialTimeout: readDialTimeout(stringAt(table, "dial_timeout")),
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

function readTls(table: HostsTable, absolute: (path: string) => string): HostTlsFiles {
  return {
    authorities: readAuthorities(valueAt(table, "ca"))?.map(absolute),
    identities: readIdentities(valueAt(table, "client"), absolute),
    skipVerify: booleanAt(table, "skip_verify"),
  };
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
