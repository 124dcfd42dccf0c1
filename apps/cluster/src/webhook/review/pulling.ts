import type { Platform } from "@countersign/engine/values/manifest";
import { listMember, textMember, textsMember } from "./json-members.ts";
import type { PlacedPodSpec } from "./pod-spec.ts";

/** With what a pod's images will be pulled, and to what machines. */
export interface Pulling {
  /** names of Secrets in the pod's namespace */
  readonly pullSecrets: readonly string[];
  readonly serviceAccount: string;
  readonly platform: Platform;
}

/** @throws CountersignError REVIEW_INVALID */
export function pullingOf({ spec, path }: PlacedPodSpec, usual: Platform): Pulling {
  const secrets = listMember(spec, "imagePullSecrets", path).map((secret, at) =>
    textMember(secret, "name", `${path}.imagePullSecrets[${at}]`),
  );
  const account = textMember(spec, "serviceAccountName", path) || textMember(spec, "serviceAccount", path);
  const selector = textsMember(spec, "nodeSelector", path);
  const architecture = selector.get("kubernetes.io/arch");
  return {
    pullSecrets: secrets.filter((name) => name !== ""),
    serviceAccount: account || "default",
    platform:
      architecture === undefined || architecture === usual.architecture
        ? usual
        : { os: selector.get("kubernetes.io/os") ?? usual.os, architecture, variant: "" },
  };
}
