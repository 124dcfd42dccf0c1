import { join } from "node:path";
import type { UserEnvironment } from "@countersign/sources/environment";
import type { SourcesConfig } from "@countersign/sources/open-sources";
import { parseRegistryConfigPath, type RegistryFlags } from "./image-flags.ts";
import { requireNamedPaths } from "./named-paths.ts";

/**
 * What the flags say of where images are; what they do not say, the container tools' own search finds.
 * @throws CountersignError USAGE
 */
export async function sourcesConfig(
  flags: RegistryFlags,
  environment: UserEnvironment,
): Promise<SourcesConfig> {
  const { registriesConf, registriesD, authfile } = flags;
  const registryConfigPath = parseRegistryConfigPath(flags.registryConfigPath);
  await requireNamedPaths({ registriesConf, registriesD, authfile, registryConfigPath });
  const trustDir = join(environment.cacheHome, "countersign/trust");
  return { environment, registriesConf, registriesD, authfile, registryConfigPath, trustDir };
}
