import { CountersignError } from "@countersign/engine/values/error";
import { findRegistry } from "../containers-config/pull-sources.ts";
import type { RegistriesConf } from "../containers-config/registries-conf.ts";

/**
 * @param name - of a repository: `quay.io/team/app`
 * @param description - where registries.conf is looked for
 * @throws CountersignError CONFIG_INVALID when registries.conf blocks it
 */
export function refuseBlocked(conf: RegistriesConf, name: string, description: string): void {
  const entry = findRegistry(conf, name);
  if (!entry?.blocked) return;
  throw new CountersignError(
    "CONFIG_INVALID",
    `registry ${entry.prefix} is blocked in one of ${description}`,
  );
}
