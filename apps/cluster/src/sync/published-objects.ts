import { type Digest, digestHex } from "@countersign/engine/values/digest";
import { CountersignError } from "@countersign/engine/values/error";
import type { ApiObject, NewObject } from "../kube/api-object.ts";
import { isRecord } from "../kube/parse-object.ts";

/** How a publication lies in a cluster: ConfigMaps in one namespace, the index by its name, parts by their content. */
export const indexName = "countersign-index";
export const partLabel = "policy.countersign.dev/part";

export function partName(digest: Digest): string {
  return `countersign-part-${digestHex(digest)}`;
}

/** A part never changes: nodes may believe what they fetched once, and the API server need not watch it. */
export function partObject(namespace: string, digest: Digest, text: string): NewObject {
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { namespace, name: partName(digest), labels: { [partLabel]: "true" } },
    immutable: true,
    data: { part: text },
  };
}

export function indexObject(namespace: string, text: string): NewObject {
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { namespace, name: indexName },
    data: { index: text },
  };
}

/** @throws CountersignError POLICY_INVALID for an object that is none of ours */
export function textOf({ data, metadata }: ApiObject, member: "part" | "index"): string {
  const text = isRecord(data) ? data[member] : undefined;
  if (typeof text === "string") return text;
  throw new CountersignError("POLICY_INVALID", `the ConfigMap ${metadata.name} has no ${member}`);
}
