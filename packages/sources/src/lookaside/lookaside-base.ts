import { join } from "node:path";
import type { UserEnvironment } from "../environment.ts";
import { below, type LookasideLocation } from "./location.ts";
import { parseLocation } from "./parse-location.ts";

/**
 * Where the signatures of a repository's images are: a directory for each manifest, named after this and its digest.
 * Source: containers/image docker/registries_d.go, lookasideStorageBaseURL.
 * @param configured - what registries.d says; undefined means the user's own directory
 * @param repository - without its registry: `library/busybox`
 * @throws CountersignError CONFIG_INVALID
 */
export function lookasideBase(
  configured: string | undefined,
  repository: string,
  environment: UserEnvironment,
): LookasideLocation {
  const top = configured === undefined ? builtIn(environment) : parseLocation(configured);
  return below(top, `/${repository}`);
}

function builtIn({ uid, home, systemRoot }: UserEnvironment): LookasideLocation {
  const path =
    uid === 0
      ? join(systemRoot, "/var/lib/containers/sigstore")
      : join(home, ".local/share/containers/sigstore");
  return { scheme: "file", opaque: "", user: undefined, host: "", path, query: undefined, fragment: "" };
}
