import type { ApiAccess } from "./api-access.ts";
import { inClusterAccess } from "./in-cluster.ts";
import { kubeconfigAccess } from "./kubeconfig.ts";

/**
 * The way to the API server: by a kubeconfig if one is named, else as the pod that this program runs in.
 * @throws CountersignError CONFIG_INVALID
 */
export function openAccess(
  kubeconfig: string | undefined,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<ApiAccess> {
  const clock = { now: Date.now };
  return kubeconfig === undefined ? inClusterAccess(environment, clock) : kubeconfigAccess(kubeconfig, clock);
}
