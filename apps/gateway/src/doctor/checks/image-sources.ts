import { isOlderThan } from "../facts/containerd-release.ts";
import { type Observation, ok, warning } from "../finding.ts";
import { type NodeFacts, usualRegistryConfigPath } from "../node-facts.ts";

/** Whether the gateway looks for images where the runtime does, and takes short names for what it takes them for. */
export function checkImageSources(
  facts: Pick<NodeFacts, "gateway" | "runtime" | "runtimeVersion" | "containerd" | "configuredHosts">,
): readonly Observation[] {
  const { config } = facts.gateway;
  if (config === undefined || facts.runtime === undefined) return [];
  const found = [
    ...shortNames(config.shortNames, facts.runtime),
    ...(facts.runtime === "containerd" ? mirrors(facts) : []),
  ];
  return found.length > 0 ? found : [ok("The gateway looks for images where the runtime does.")];
}

const whatFollows =
  "An image may be refused that the runtime would find, or be read from a place it does not come from; what is pulled is verified all the same.";

function shortNames(
  choice: "docker.io" | "registries.conf",
  runtime: "containerd" | "crio",
): readonly Observation[] {
  const wanted = runtime === "crio" ? "registries.conf" : "docker.io";
  if (choice === wanted) return [];
  return [
    warning(
      `The gateway takes names without a registry as ${choice} has it, and the runtime is ${runtime === "crio" ? "CRI-O" : "containerd"}.`,
      "Such a name may mean another image to the runtime than to the gateway; it is made to pull the gateway's.",
      `run the gateway with --short-names ${wanted}`,
    ),
  ];
}

function mirrors({
  gateway: { config },
  runtimeVersion,
  containerd: { registryConfigPath: written, oldRegistryTables },
  configuredHosts,
}: Pick<NodeFacts, "gateway" | "runtimeVersion" | "containerd" | "configuredHosts">): readonly Observation[] {
  const usual = isOlderThan(runtimeVersion, 2, 2) ? undefined : usualRegistryConfigPath;
  const registryConfigPath = written ?? (oldRegistryTables.includes("mirrors") ? undefined : usual);
  const observations: Observation[] = [];
  if (oldRegistryTables.length > 0) {
    observations.push(
      warning(
        `containerd's registry configuration is of the old kind: ${oldRegistryTables.join(", ")}.`,
        "The gateway does not read it: images and signatures are looked for elsewhere than where they are pulled from.",
        "move it to hosts.toml files below config_path, and give the gateway the same directory by --registry-config-path",
      ),
    );
  }
  const given = config?.registryConfigPath?.join(":");
  const hosts = configuredHosts.length;
  if (registryConfigPath !== undefined && given === undefined && hosts > 0) {
    observations.push(
      warning(
        `containerd reads ${registryConfigPath}, where ${hosts} ${hosts === 1 ? "registry is" : "registries are"} configured, and the gateway does not.`,
        whatFollows,
        `run the gateway with --registry-config-path ${registryConfigPath}`,
      ),
    );
  }
  if (
    given !== undefined &&
    registryConfigPath !== undefined &&
    normal(given) !== normal(registryConfigPath)
  ) {
    observations.push(
      warning(
        `The gateway reads ${given}, and containerd ${registryConfigPath}.`,
        whatFollows,
        `run the gateway with --registry-config-path ${registryConfigPath}`,
      ),
    );
  }
  return observations;
}

function normal(directories: string): string {
  return directories.replace(/\/+(?=:|$)/g, "");
}
