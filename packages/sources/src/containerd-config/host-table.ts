import { booleanAt, type HostsTable, stringAt, stringsAt, tableAt, valueAt } from "./hosts-toml.ts";

/** What hosts.toml says of one host, of the right types as far as the decoder looks. */
export interface HostTable {
  readonly capabilities: readonly string[];
  readonly ca: unknown;
  readonly client: unknown;
  readonly skipVerify: boolean | undefined;
  readonly header: HostsTable;
  readonly overridePath: boolean;
  readonly dialTimeout: string;
}

/**
 * A wrong type spoils the whole file, also where nobody would look.
 * Source: containerd 2.x core/remotes/docker/config, hostFileConfig.
 * @throws CountersignError CONFIG_INVALID
 */
export function decodeHost(table: HostsTable): HostTable {
  return {
    capabilities: stringsAt(table, "capabilities"),
    ca: valueAt(table, "ca"),
    client: valueAt(table, "client"),
    skipVerify: booleanAt(table, "skip_verify"),
    header: tableAt(table, "header"),
    overridePath: booleanAt(table, "override_path") ?? false,
    dialTimeout: stringAt(table, "dial_timeout"),
  };
}
