import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { CountersignError } from "@countersign/engine/values/error";
import { systemErrorText } from "../system-error.ts";
import { type ConfiguredHost, type IdentityFiles, unconfiguredHost } from "./configured-host.ts";

/**
 * What a directory without a usable hosts.toml says, in Docker's layout: `*.crt` are CAs, `x.cert` and `x.key` belong
 * together, and a certificate without a key holds it.
 * Source: containerd core/remotes/docker/config, loadCertFiles.
 * @throws CountersignError CONFIG_INVALID
 */
export async function findCertificateFiles(directory: string): Promise<ConfiguredHost> {
  const names = await fileNames(directory);
  const authorities = names.filter((name) => name.endsWith(".crt")).map((name) => join(directory, name));
  const identities = names
    .filter((name) => name.endsWith(".cert"))
    .map((name): IdentityFiles => {
      const key = name.replace(/cert$/, "key");
      const certificate = join(directory, name);
      return { certificate, key: names.includes(key) ? join(directory, key) : certificate };
    });
  return {
    ...unconfiguredHost,
    tls: {
      authorities: authorities.length === 0 ? undefined : authorities,
      identities: identities.length === 0 ? undefined : identities,
      skipVerify: undefined,
    },
  };
}

async function fileNames(directory: string): Promise<readonly string[]> {
  try {
    const entries = await readdir(directory, { withFileTypes: true });
    return entries
      .filter((entry) => !entry.isDirectory())
      .map(({ name }) => name)
      .sort();
  } catch (error) {
    throw new CountersignError("CONFIG_INVALID", `open ${directory}: ${systemErrorText(error)}`);
  }
}
