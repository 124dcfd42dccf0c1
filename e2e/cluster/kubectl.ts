import { dirname, join } from "node:path";
import { run } from "../peers/programs.ts";
import { binary } from "./binaries.ts";

/** Runs kubectl to its end and gives what it printed. */
export type Kubectl = (...args: readonly string[]) => Promise<string>;

export function kubectlFor(kubeconfig: string): Kubectl {
  const cache = join(dirname(kubeconfig), "kubectl-cache");
  return (...args) => run(binary("kubectl"), [`--kubeconfig=${kubeconfig}`, `--cache-dir=${cache}`, ...args]);
}
