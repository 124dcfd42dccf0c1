import type { RuntimeEndpoint } from "../../runtime/runtime-endpoint.ts";

/** What only a node that runs can be asked. Declared by the checks. */
export interface LiveNode {
  /** CRI's Version, of whatever serves the socket */
  version(endpoint: RuntimeEndpoint): Promise<VersionAnswer>;
  /**
   * What the program of a process prints when it is started with `--version`: `Kubernetes v1.36.2`. Undefined when that
   * cannot be done safely.
   */
  programVersion(pid: number): Promise<string | undefined>;
  /** whether a directory is on a file system mounted read-only; false when it is not there */
  isReadOnly(path: string): Promise<boolean>;
}

export type VersionAnswer =
  | { readonly type: "answered"; readonly runtime: string }
  | { readonly type: "failed"; readonly why: string };
