import { access } from "node:fs/promises";
import { CountersignError } from "@countersign/engine/values/error";
import { isMissing } from "@countersign/sources/system-error";

/** Paths that were typed, where the containers tools take what is not there for nothing said. */
export interface NamedPaths {
  readonly registriesConf?: string | undefined;
  readonly registriesD?: string | undefined;
  readonly authfile?: string | undefined;
  readonly registryConfigPath?: readonly string[] | undefined;
}

/**
 * Refuses a path that leads nowhere: skopeo passes over it, and whoever mistyped it would be told that nothing is signed,
 * or be asked for credentials. Of containerd's directories one has to be there.
 * @throws CountersignError USAGE
 */
export async function requireNamedPaths(paths: NamedPaths): Promise<void> {
  const { registriesConf, registriesD, authfile, registryConfigPath } = paths;
  await requireOne("--registries-conf", registriesConf === undefined ? [] : [registriesConf], "file");
  await requireOne("--registries-d", registriesD === undefined ? [] : [registriesD], "directory");
  await requireOne("--authfile", authfile === undefined ? [] : [authfile], "file");
  await requireOne("--registry-config-path", registryConfigPath ?? [], "directory");
}

async function requireOne(flag: string, paths: readonly string[], kind: "file" | "directory"): Promise<void> {
  const missing = await Promise.all(paths.map(leadsNowhere));
  if (missing.length === 0 || missing.includes(false)) return;
  throw new CountersignError("USAGE", `${flag} ${paths.join(":")}: no such ${kind}`);
}

/** What is there and cannot be read is for its reader to say. */
async function leadsNowhere(path: string): Promise<boolean> {
  try {
    await access(path);
    return false;
  } catch (error) {
    return isMissing(error);
  }
}
