import type { RegistryCredentials } from "./credentials.ts";

/** Credentials that came with a call. */
export interface CallCredentials {
  readonly credentials: RegistryCredentials;
  /** the server they say they are meant for, as written: `https://registry.example/v1/`; undefined when they say nothing */
  readonly server: string | undefined;
}

/** Those meant for `host`, as far as they say. Credentials that name another registry are not shown to this one. */
export function credentialsFor(
  call: CallCredentials | undefined,
  host: string,
): RegistryCredentials | undefined {
  return call !== undefined && isMeantFor(call.server, host) ? call.credentials : undefined;
}

/** Whether credentials for `server`, as {@link CallCredentials} has it, may be shown to `host`. */
export function isMeantFor(server: string | undefined, host: string): boolean {
  if (server === undefined) return true;
  const [named = ""] = server.replace(/^[a-z]+:\/\//i, "").split("/", 1);
  return canonicalHost(named.toLowerCase()) === canonicalHost(host.toLowerCase());
}

function canonicalHost(host: string): string {
  return host === "index.docker.io" || host === "registry-1.docker.io" ? "docker.io" : host;
}
