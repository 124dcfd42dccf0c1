import type { Fill } from "./placeholder.ts";
import { labelsOf, metricsPort, metricsPorts, podTemplate, probes } from "./pods.ts";

const hostPath = (name: string, path: unknown) => ({
  name,
  hostPath: { path, type: "DirectoryOrCreate" },
});

/** It writes files of the node's, as root, and nothing else of it is to be had here. */
export function sync(fill: Fill): object {
  const state = "/var/lib/countersign/sync";
  const directory = fill.value("sync.policyDirectory");
  const template = podTemplate(fill, "sync", {
    args: [
      ...["sync", "--target", fill.value("sync.target"), "--system-namespace", fill.namespace],
      ...["--signature-policy-dir", directory, "--state-dir", state, "--metrics", `:${metricsPort}`],
    ],
    ports: metricsPorts,
    // unready as long as the node has not what is published: what is broken is not rolled out to the next nodes
    probes: probes(metricsPort, "HTTP"),
    env: [
      { name: "NODE_NAME", valueFrom: { fieldRef: { fieldPath: "spec.nodeName" } } },
      ...fill.each("sync.extraEnv"),
    ],
    mounts: {
      volumeMounts: [
        { name: "containers", mountPath: "/etc/containers" },
        { name: "policies", mountPath: directory },
        { name: "state", mountPath: state },
      ],
    },
    volumes: {
      volumes: [
        hostPath("containers", "/etc/containers"),
        hostPath("policies", directory),
        hostPath("state", state),
      ],
    },
    runsAs: {
      runAsUser: 0,
      runAsGroup: 0,
      ...fill.members("sync.seLinuxOptions", { seLinuxOptions: fill.value("sync.seLinuxOptions") }),
    },
    more: {},
  });
  return {
    apiVersion: "apps/v1",
    kind: "DaemonSet",
    metadata: { name: "countersign-sync", namespace: fill.namespace, labels: labelsOf("sync") },
    spec: {
      selector: { matchLabels: labelsOf("sync") },
      updateStrategy: {
        type: "RollingUpdate",
        rollingUpdate: { maxUnavailable: fill.value("sync.maxUnavailable") },
      },
      template,
    },
  };
}
