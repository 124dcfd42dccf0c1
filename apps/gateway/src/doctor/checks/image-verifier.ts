import { isOlderThan } from "../facts/containerd-release.ts";
import { type Observation, ok, problem } from "../finding.ts";
import type { NodeFacts } from "../node-facts.ts";

/** Whether containerd asks the verifiers that are set up. It passes over them without a word in several cases. */
export function checkImageVerifier({
  runtime,
  runtimeVersion,
  containerd: { localPullSettings, maxVerifiers },
  verifiers: { path, programs },
}: Pick<NodeFacts, "runtime" | "runtimeVersion" | "containerd" | "verifiers">): readonly Observation[] {
  if (runtime !== "containerd" || programs.length === 0) return [];
  const observations: Observation[] = [];
  if (isOlderThan(runtimeVersion, 2, 1)) {
    observations.push(
      problem(
        `There are image verifiers in ${path}, and this containerd is older than 2.1.`,
        "It has none, or does not ask them for pods.",
        "update containerd, or put the gateway before it",
      ),
    );
  }
  if (localPullSettings.length > 0) {
    observations.push(
      problem(
        `containerd does not ask the image verifiers in ${path}: its CRI configuration has ${localPullSettings.join(", ")}.`,
        "With these it pulls in another way, which has no verifiers; its log says so once.",
        "take them out of containerd's configuration; downloads at once are limited in the plugin io.containerd.transfer.v1.local",
      ),
    );
  }
  if (maxVerifiers >= 0 && programs.length > maxVerifiers) {
    observations.push(
      problem(
        `${path} has ${programs.length} verifiers, of which containerd asks ${maxVerifiers}.`,
        "Those that come last by name are not asked.",
        "write a larger max_verifiers, or -1, into containerd's configuration",
      ),
    );
  }
  for (const { name, file } of programs) {
    if (file === undefined || file.kind !== "file" || (file.mode & 0o111) === 0) {
      observations.push(
        problem(
          `${path}/${name} is not a program.`,
          "containerd cannot start it, and pulls nothing.",
          `chmod 0755 or remove it`,
        ),
      );
    } else if (file.uid !== 0 || (file.mode & 0o022) !== 0) {
      observations.push(
        problem(
          `${path}/${name} can be changed by others than root.`,
          "containerd starts it as root at every pull, and believes what it says.",
          `chown 0 ${file.path}; chmod go-w ${file.path}`,
        ),
      );
    }
  }
  if (observations.length > 0) return observations;
  return [
    ok(`containerd asks ${programs.map(({ name }) => name).join(", ")} in ${path} about what CRI pulls.`),
  ];
}
