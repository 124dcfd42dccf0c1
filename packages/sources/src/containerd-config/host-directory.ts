import { stat } from "node:fs/promises";
import { join } from "node:path";
import { CountersignError } from "@countersign/engine/values/error";
import { isMissing, systemErrorText } from "../system-error.ts";

/**
 * The directory that configures a registry: in the first of `roots` that has one for its name or for all names.
 * Undefined when there is none.
 * Source: containerd core/remotes/docker/config, HostDirFromRoot; internal/cri, hostDirFromRoots.
 * @param host - `docker.io`, `registry.example:5000`
 * @throws CountersignError CONFIG_INVALID when something other than absence keeps it from being found: containerd
 *   fails the pull then
 */
export async function findHostDirectory(roots: readonly string[], host: string): Promise<string | undefined> {
  for (const root of roots) {
    for (const name of directoryNames(host)) {
      const path = join(root, name);
      if (await exists(path)) return path;
    }
  }
  return undefined;
}

/** What a registry's directory may be called, the first one first; a colon is written out where it can be. */
function directoryNames(host: string): readonly string[] {
  const colon = host.lastIndexOf(":");
  const written = colon > 0 ? [`${host.slice(0, colon)}_${host.slice(colon + 1)}_`] : [];
  return [...written, host, "_default"];
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw new CountersignError("CONFIG_INVALID", `stat ${path}: ${systemErrorText(error)}`);
  }
}
