import type { GatewayConfig } from "../../config.ts";
import type { ContainerdSetup } from "./containerd-setup.ts";
import type { CrioSetup } from "./crio-setup.ts";

export type RuntimeInUse = "containerd" | "crio" | undefined;

/** Whose settings matter: the runtime behind the gateway, or else the one that is there. */
export function runtimeInUse(
  config: GatewayConfig | undefined,
  containerd: Pick<ContainerdSetup, "isThere">,
  crio: Pick<CrioSetup, "isThere">,
): RuntimeInUse {
  const path = config?.runtimeEndpoint.path ?? "";
  if (/crio\b/.test(path)) return "crio";
  if (/containerd\b/.test(path)) return "containerd";
  if (crio.isThere && !containerd.isThere) return "crio";
  return containerd.isThere ? "containerd" : undefined;
}
