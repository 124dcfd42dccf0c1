import { registriesConfLoader } from "@countersign/sources/containers-config/load-registries-conf";
import { registriesDLoader } from "@countersign/sources/containers-config/load-registries-d";
import { pullSources } from "@countersign/sources/containers-config/pull-sources";
import {
  mergeRegistriesFiles,
  type RegistriesConf,
} from "@countersign/sources/containers-config/registries-conf";
import type { RegistriesD } from "@countersign/sources/containers-config/registries-d";
import type { UserEnvironment } from "@countersign/sources/environment";
import { containerdPlaces } from "@countersign/sources/places/containerd-places";
import { openReading } from "@countersign/sources/places/reading";
import { systemTiming } from "@countersign/sources/timing";
import type { RegistriesSetup } from "./signature-places.ts";

/** Which of the registries' configuration is looked at. */
export interface RegistriesChoice {
  readonly registriesConf: string | undefined;
  readonly registriesD: string | undefined;
  /** the directories of containerd's `config_path`, which then say where images come from */
  readonly registryConfigPath: readonly string[] | undefined;
  /** whether nothing is looked at but what is named */
  readonly onlyNamed: boolean;
}

/**
 * @returns undefined if nothing is known of where signatures are kept
 * @throws CountersignError CONFIG_INVALID
 */
export async function readRegistriesSetup(
  { registriesConf, registriesD, registryConfigPath, onlyNamed }: RegistriesChoice,
  environment: UserEnvironment,
): Promise<RegistriesSetup | undefined> {
  const isLookedAt = (named: string | undefined) => named !== undefined || !onlyNamed;
  const conf = isLookedAt(registriesConf)
    ? await registriesConfLoader(environment, registriesConf).load()
    : mergeRegistriesFiles([]);
  if (!isLookedAt(registriesD)) return undefined;
  const storage = await registriesDLoader(environment, registriesD)();
  const directory = registriesD ?? "/etc/containers/registries.d";
  const physical =
    registryConfigPath === undefined
      ? byRegistriesConf(conf)
      : byContainerd(registryConfigPath, conf, storage, environment);
  return { registriesD: storage, directory, ...physical };
}

type PhysicalNames = Pick<RegistriesSetup, "redirected" | "physicalNames">;

function byRegistriesConf(conf: RegistriesConf): PhysicalNames {
  return {
    redirected: conf.registries.map(({ prefix }) => prefix).filter((prefix) => !prefix.includes("*")),
    physicalNames: async (image) => pullSources(conf, image).map(({ physical }) => physical),
  };
}

/** Connects to nothing: only an image that is opened would. */
function byContainerd(
  roots: readonly string[],
  conf: RegistriesConf,
  registriesD: RegistriesD,
  environment: UserEnvironment,
): PhysicalNames {
  const finder = containerdPlaces(
    openReading(environment, undefined, systemTiming),
    roots,
    "registries.conf",
  );
  return {
    // whose mirror is the commonest; other registries are asked for by the scopes that name them
    redirected: ["docker.io"],
    async physicalNames(image) {
      const { places } = await finder.find(image, { conf, registriesD }, undefined);
      return places.map(({ physical }) => physical);
    },
  };
}
