import type { Shortcoming } from "@countersign/engine/cluster/compiled-rule";
import type { ResourceIdentity } from "@countersign/engine/cluster/policy-resource";
import { type Digest, digestHex } from "@countersign/engine/values/digest";
import { CountersignError } from "@countersign/engine/values/error";
import type { ApiObject, NewObject } from "../kube/api-object.ts";
import { isRecord } from "../kube/parse-object.ts";

/** How a publication lies in a cluster: ConfigMaps in one namespace, the index by its name, parts by their content. */
export const indexName = "countersign-index";
export const partLabel = "policy.countersign.dev/part";

/** For the controller that comes next: whose rule a part is, and what of it was not enforced as it was compiled. */
export interface RuleMark {
  readonly identity: ResourceIdentity;
  /** paths in the resource of all that was refused */
  readonly lacks: readonly string[];
  /** what a status says of it, which has room for some */
  readonly told: readonly Shortcoming[];
}

const markAnnotation = "policy.countersign.dev/rule";

export function partName(digest: Digest): string {
  return `countersign-part-${digestHex(digest)}`;
}

/** A part never changes: nodes may believe what they fetched once, and the API server need not watch it. */
export function partObject(namespace: string, digest: Digest, text: string, mark?: RuleMark): NewObject {
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: {
      namespace,
      name: partName(digest),
      labels: { [partLabel]: "true" },
      ...(mark && { annotations: { [markAnnotation]: JSON.stringify(mark) } }),
    },
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

/** undefined for a part that is no rule, or says nothing of itself that can be read */
export function readRuleMark({ metadata }: ApiObject): RuleMark | undefined {
  const text = metadata.annotations?.[markAnnotation];
  const mark: unknown = text === undefined ? undefined : parsed(text);
  if (!isRecord(mark) || !isRecord(mark["identity"]) || !Array.isArray(mark["lacks"])) return undefined;
  const { apiVersion, kind, namespace, name, generation } = mark["identity"];
  if (typeof apiVersion !== "string" || typeof kind !== "string" || typeof name !== "string")
    return undefined;
  return {
    identity: {
      apiVersion,
      kind,
      namespace: typeof namespace === "string" ? namespace : undefined,
      name,
      generation: typeof generation === "number" ? generation : 0,
    },
    lacks: mark["lacks"].map(String),
    told: Array.isArray(mark["told"]) ? mark["told"].filter(isShortcoming) : [],
  };
}

function isShortcoming(value: unknown): value is Shortcoming {
  return (
    isRecord(value) &&
    typeof value["path"] === "string" &&
    typeof value["message"] === "string" &&
    ["refuses", "stricter", "ignored"].includes(String(value["effect"]))
  );
}

/** undefined for a ConfigMap that is no part by its name */
export function digestOfPart(name: string): Digest | undefined {
  const hex = /^countersign-part-([0-9a-f]{64})$/.exec(name)?.[1];
  return hex === undefined ? undefined : (`sha256:${hex}` as Digest);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
