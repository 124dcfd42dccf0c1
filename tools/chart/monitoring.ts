import type { Fill } from "./placeholder.ts";

/** Has the Prometheus Operator read what all programs say of themselves. */
export function podMonitor(fill: Fill): object {
  return {
    apiVersion: "monitoring.coreos.com/v1",
    kind: "PodMonitor",
    metadata: { name: "countersign", namespace: fill.namespace, labels: fill.value("podMonitor.labels") },
    spec: {
      selector: { matchLabels: { "app.kubernetes.io/part-of": "countersign" } },
      podMetricsEndpoints: [{ port: "metrics" }],
    },
  };
}
