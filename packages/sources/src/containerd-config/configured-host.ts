import { nowhere, type ServerAddress } from "./server-address.ts";

/** What a host may be asked for. Source: containerd core/remotes/docker, HostCapabilities. */
export type HostCapability = (typeof hostCapabilities)[number];

/** A host that names none has them all. */
export const hostCapabilities = ["pull", "resolve", "push", "referrers"] as const;

/** A host as the configuration of one registry has it: none of the files it names has been read yet. */
export interface ConfiguredHost {
  readonly address: ServerAddress;
  /** where the API begins: `/v2` unless the file says otherwise, `""` for the host's root */
  readonly path: string;
  readonly capabilities: ReadonlySet<HostCapability>;
  readonly tls: HostTlsFiles;
  /** sent with every request; they may be secrets */
  readonly headers: ReadonlyMap<string, readonly string[]>;
  /** for a connection to be made; milliseconds */
  readonly dialTimeout: number | undefined;
}

/** Paths are absolute. What is undefined was not said, which is not the same as empty or false. */
export interface HostTlsFiles {
  /** of CAs to trust besides the system's */
  readonly authorities: readonly string[] | undefined;
  readonly identities: readonly IdentityFiles[] | undefined;
  readonly skipVerify: boolean | undefined;
}

/** A client certificate and its key, which may be one file. */
export interface IdentityFiles {
  readonly certificate: string;
  readonly key: string;
}

export const noTlsFiles: HostTlsFiles = {
  authorities: undefined,
  identities: undefined,
  skipVerify: undefined,
};

/** A host of which nothing was said, as the last one the registry itself. */
export const unconfiguredHost: ConfiguredHost = {
  address: nowhere,
  path: "/v2",
  capabilities: new Set(hostCapabilities),
  tls: noTlsFiles,
  headers: new Map(),
  dialTimeout: undefined,
};

/** Whether anything was said of TLS; then it is tried also where the address says plain HTTP. */
export function speaksOfTls({ authorities, identities, skipVerify }: HostTlsFiles): boolean {
  return authorities !== undefined || identities !== undefined || skipVerify !== undefined;
}
