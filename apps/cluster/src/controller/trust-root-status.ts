import { leftOutLogs } from "@countersign/engine/cluster/left-out-logs";
import type { Material, TrustedRootMaterial } from "@countersign/engine/cluster/materials";
import type { ApiObject } from "../kube/api-object.ts";
import { type Condition, condition } from "./condition.ts";

/** What a TrustRoot says of itself: whether policies can refer to it. */
export interface TrustRootStatus {
  readonly observedGeneration: number;
  readonly conditions: readonly Condition[];
}

/** @param material as policies have it that name this TrustRoot; @param now RFC 3339 */
export function trustRootStatus(
  object: ApiObject,
  material: Material<TrustedRootMaterial>,
  now: string,
): TrustRootStatus {
  const ready =
    material.type === "found"
      ? usable(leftOutLogs(material.value))
      : ({
          status: "False",
          reason: "Unusable",
          message: `${material.why}; what refers to it accepts nothing, or stays as it was`,
        } as const);
  return {
    observedGeneration: object.metadata.generation ?? 0,
    conditions: [condition({ type: "Ready", ...ready }, object, now)],
  };
}

function usable(warnings: readonly string[]) {
  const message = ["policies can refer to it by trustRootRef", ...warnings].join("; ");
  return { status: "True", reason: warnings.length === 0 ? "Usable" : "UsableInPart", message } as const;
}
