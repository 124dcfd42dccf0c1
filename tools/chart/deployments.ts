import type { Fill } from "./placeholder.ts";
import { labelsOf } from "./pods.ts";

/** Away from each other, if there are nodes enough. */
export const spread = (fill: Fill, program: string) => ({
  affinity: fill.value(`${program}.affinity`),
  topologySpreadConstraints: [
    {
      maxSkew: 1,
      topologyKey: "kubernetes.io/hostname",
      whenUnsatisfiable: "ScheduleAnyway",
      labelSelector: { matchLabels: labelsOf(program) },
    },
  ],
});

export const deployment = (fill: Fill, program: string, template: object) => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: `countersign-${program}`, namespace: fill.namespace, labels: labelsOf(program) },
  spec: {
    replicas: fill.value(`${program}.replicas`),
    selector: { matchLabels: labelsOf(program) },
    template,
  },
});

export function disruption(fill: Fill, program: "controller" | "webhook"): object {
  return {
    apiVersion: "policy/v1",
    kind: "PodDisruptionBudget",
    metadata: { name: `countersign-${program}`, namespace: fill.namespace, labels: labelsOf(program) },
    spec: {
      // not minAvailable: a node with the one replica of a small installation could never be drained
      maxUnavailable: 1,
      unhealthyPodEvictionPolicy: "AlwaysAllow",
      selector: { matchLabels: labelsOf(program) },
    },
  };
}
