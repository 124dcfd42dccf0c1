import type { Json, JsonObject } from "@countersign/engine/values/json";
import type { AdmissionRequest } from "./admission-request.ts";
import { objectMember } from "./json-members.ts";

/** A pod's spec, in a pod or in what pods are made of, and where it is. */
export interface PlacedPodSpec {
  readonly spec: JsonObject | undefined;
  /** `spec.template.spec` */
  readonly path: string;
  /** whether it is a pod itself */
  readonly isPod: boolean;
}

const template = ["spec", "template", "spec"];
const places: ReadonlyMap<string, readonly string[]> = new Map([
  ["/Pod", ["spec"]],
  ["/PodTemplate", ["template", "spec"]],
  ["/ReplicationController", template],
  ["apps/Deployment", template],
  ["apps/ReplicaSet", template],
  ["apps/StatefulSet", template],
  ["apps/DaemonSet", template],
  ["batch/Job", template],
  ["batch/CronJob", ["spec", "jobTemplate", "spec", "template", "spec"]],
]);

/** Kinds by `group/kind`, whatever their version. */
export const podKinds: ReadonlySet<string> = new Set(places.keys());

/**
 * Finds the pod's spec in an object of any kind that has one.
 * @returns undefined for a kind that is not known to have one
 * @throws CountersignError REVIEW_INVALID
 */
export function podSpecOf(
  kind: AdmissionRequest["kind"],
  object: Json | undefined,
): PlacedPodSpec | undefined {
  const place = places.get(`${kind.group}/${kind.kind}`);
  if (place === undefined) return undefined;
  let spec: Json | undefined = object;
  let path = "object";
  for (const name of place) {
    spec = objectMember(spec, name, path);
    path = `${path}.${name}`;
  }
  return { spec: spec as JsonObject | undefined, path: place.join("."), isPod: kind.kind === "Pod" };
}
