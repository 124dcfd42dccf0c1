import type { Fill } from "./placeholder.ts";
import { labelsOf, metricsPort, nobody, podTemplate, probes, webhookPort } from "./pods.ts";

const metricsPorts = [{ name: "metrics", containerPort: metricsPort }];
const scratch = { name: "scratch", emptyDir: { sizeLimit: "64Mi" } };
const scratchMount = { name: "scratch", mountPath: "/var/cache/countersign" };
const scratchEnv = [
  { name: "HOME", value: "/var/cache/countersign" },
  { name: "XDG_CACHE_HOME", value: "/var/cache/countersign" },
];
/** Away from each other, if there are nodes enough. */
const spread = (program: string) => ({
  topologySpreadConstraints: [
    {
      maxSkew: 1,
      topologyKey: "kubernetes.io/hostname",
      whenUnsatisfiable: "ScheduleAnyway",
      labelSelector: { matchLabels: labelsOf(program) },
    },
  ],
});

const deployment = (fill: Fill, program: string, template: object) => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: `countersign-${program}`, namespace: fill.namespace, labels: labelsOf(program) },
  spec: {
    replicas: fill.value(`${program}.replicas`),
    selector: { matchLabels: labelsOf(program) },
    template,
  },
});

export function controller(fill: Fill): object {
  const args = ["controller", "--system-namespace", fill.namespace, "--unmatched", fill.value("unmatched")];
  return deployment(
    fill,
    "controller",
    podTemplate(fill, "controller", {
      args: [...args, "--metrics", `:${metricsPort}`],
      ports: metricsPorts,
      probes: probes(metricsPort, "HTTP"),
      mounts: [],
      volumes: [],
      runsAs: nobody,
      more: { priorityClassName: "system-cluster-critical", ...spread("controller") },
    }),
  );
}

export function webhook(fill: Fill): object {
  const args = [
    ...["webhook", "--listen", `:${webhookPort}`, "--system-namespace", fill.namespace],
    ...["--unmatched", fill.value("unmatched"), "--mode", fill.value("webhook.mode")],
    ...["--lockout", fill.value("webhook.lockout"), "--metrics", `:${metricsPort}`],
  ];
  return deployment(
    fill,
    "webhook",
    podTemplate(fill, "webhook", {
      args,
      ports: [{ name: "https", containerPort: webhookPort }, ...metricsPorts],
      probes: probes(webhookPort, "HTTPS"),
      env: scratchEnv,
      mounts: [scratchMount],
      volumes: [scratch],
      runsAs: nobody,
      more: {
        priorityClassName: "system-cluster-critical",
        terminationGracePeriodSeconds: 40,
        ...spread("webhook"),
      },
    }),
  );
}

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
      ...["--signature-policy-dir", directory, "--state-dir", state, "--metrics", `127.0.0.1:${metricsPort}`],
    ],
    ports: [],
    probes: {},
    env: [{ name: "NODE_NAME", valueFrom: { fieldRef: { fieldPath: "spec.nodeName" } } }],
    mounts: [
      { name: "containers", mountPath: "/etc/containers" },
      { name: "policies", mountPath: directory },
      { name: "state", mountPath: state },
    ],
    volumes: [
      hostPath("containers", "/etc/containers"),
      hostPath("policies", directory),
      hostPath("state", state),
    ],
    runsAs: { runAsUser: 0, runAsGroup: 0 },
    more: {
      priorityClassName: "system-node-critical",
      nodeSelector: fill.value("sync.nodeSelector"),
      // a node without its policies starts no pods: this one comes first, whatever the node is tainted with
      tolerations: [{ operator: "Exists" }],
    },
  });
  return {
    apiVersion: "apps/v1",
    kind: "DaemonSet",
    metadata: { name: "countersign-sync", namespace: fill.namespace, labels: labelsOf("sync") },
    spec: {
      selector: { matchLabels: labelsOf("sync") },
      updateStrategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: "10%" } },
      template,
    },
  };
}

export function disruption(fill: Fill, program: "controller" | "webhook"): object {
  return {
    apiVersion: "policy/v1",
    kind: "PodDisruptionBudget",
    metadata: { name: `countersign-${program}`, namespace: fill.namespace, labels: labelsOf(program) },
    spec: { minAvailable: 1, selector: { matchLabels: labelsOf(program) } },
  };
}
