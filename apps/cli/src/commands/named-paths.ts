import { stat } from "node:fs/promises";
import { CountersignError } from "@countersign/engine/values/error";
import { isMissing } from "@countersign/sources/system-error";
import type { PolicyPlaces } from "./policy-choice.ts";

/** Paths that were typed, where the containers tools take what is not there for nothing said. */
export interface NamedPaths {
  readonly registriesConf?: string | undefined;
  readonly registriesD?: string | undefined;
  readonly authfile?: string | undefined;
  readonly registryConfigPath?: readonly string[] | undefined;
}

/**
 * Refuses a path that leads nowhere, or to a file where a directory is wanted: skopeo passes over it, and whoever mistyped it would be told that nothing is signed,
 * or be asked for credentials. Of containerd's directories one has to be there.
 * @throws CountersignError USAGE
 */
export async function requireNamedPaths(paths: NamedPaths): Promise<void> {
  const { registriesConf, registriesD, authfile, registryConfigPath } = paths;
  await requireOne("--registries-conf", listed(registriesConf), "file");
  await requireOne("--registries-d", listed(registriesD), "directory");
  await requireOne("--authfile", listed(authfile), "file");
  await requireOne("--registry-config-path", registryConfigPath ?? [], "directory");
}

/**
 * The same of policies: a directory that is not there has no policy for any namespace, and the global one would hold for
 * all of them. (A policy that cannot be read is told as such, whether it was named or not.)
 * @throws CountersignError USAGE
 */
export async function requirePolicyPlaces({ signaturePolicyDir }: PolicyPlaces): Promise<void> {
  await requireOne("--signature-policy-dir", listed(signaturePolicyDir), "directory");
}

type Kind = "file" | "directory";

async function requireOne(flag: string, paths: readonly string[], wanted: Kind): Promise<void> {
  const kinds = await Promise.all(paths.map(kindOf));
  if (kinds.length === 0 || kinds.some((kind) => kind === wanted || kind === "unknown")) return;
  const why =
    kinds.find((kind) => kind !== "missing") === undefined ? `no such ${wanted}` : `not a ${wanted}`;
  throw new CountersignError("USAGE", `${flag} ${paths.join(":")}: ${why}`);
}

/** What is there and cannot be looked at is for its reader to say. */
export async function kindOf(path: string): Promise<Kind | "missing" | "unknown"> {
  try {
    return (await stat(path)).isDirectory() ? "directory" : "file";
  } catch (error) {
    return isMissing(error) ? "missing" : "unknown";
  }
}

function listed(path: string | undefined): readonly string[] {
  return path === undefined ? [] : [path];
}
