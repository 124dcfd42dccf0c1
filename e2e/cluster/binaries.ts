import { accessSync, constants } from "node:fs";
import { join } from "node:path";
import process from "node:process";

/**
 * Programs that no Debian packages: whoever has built or fetched them names the directory they are in, as
 * KUBEBUILDER_ASSETS does for envtest.
 */
export const binariesVariable = "COUNTERSIGN_PEERS";

export const binaryNames = [
  "crictl",
  "crio",
  "critest",
  "etcd",
  "kube-apiserver",
  "kube-controller-manager",
  "kube-scheduler",
  "kubectl",
  "kubelet",
  "pinns",
] as const;

export type BinaryName = (typeof binaryNames)[number] | "helm";

/** The path of one of them; e2e/cluster/main.ts has seen that it is there. */
export function binary(name: BinaryName): string {
  const directory = binariesDirectory();
  if (directory === undefined) throw new Error(`${binariesVariable} names no directory to take ${name} from`);
  return join(directory, name);
}

/** undefined when nobody has said where they are. */
export function binariesDirectory(): string | undefined {
  return process.env[binariesVariable] || undefined;
}

/** What the suite of the API server alone needs. */
const apiServerBinaries: readonly BinaryName[] = ["etcd", "kube-apiserver", "kubectl"];

/** What the suite of the chart needs: any Helm since 3. */
const chartBinaries: readonly BinaryName[] = [...apiServerBinaries, "helm"];

/** What scenarios of a cluster on containerd need. */
const clusterBinaries: readonly BinaryName[] = [
  ...apiServerBinaries,
  "kube-controller-manager",
  "kube-scheduler",
  "kubelet",
];

/** @param scenarios as the command line names them; none are all */
export function binariesFor(scenarios: readonly string[]): readonly BinaryName[] {
  if (scenarios[0] === "api-server") return apiServerBinaries;
  if (scenarios[0] === "chart") return chartBinaries;
  const everything = scenarios.length === 0 || scenarios.some((name) => ["crio", "critest"].includes(name));
  return everything ? binaryNames : clusterBinaries;
}

export function missingBinaries(
  directory: string,
  names: readonly BinaryName[] = binaryNames,
): readonly BinaryName[] {
  return names.filter((name) => !isExecutable(join(directory, name)));
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
