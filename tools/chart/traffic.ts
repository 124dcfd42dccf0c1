import type { Fill } from "./placeholder.ts";
import { labelsOf, metricsPort, webhookPort } from "./pods.ts";

const tcp = (...ports: readonly unknown[]) => ports.map((port) => ({ port, protocol: "TCP" }));
/** 5353 is where OpenShift's DNS listens behind its Service. */
const dns = { ports: [53, 5353].flatMap((port) => [{ port, protocol: "UDP" }, ...tcp(port)]) };
const apiServers = (fill: Fill) => ({ ports: fill.value("networkPolicy.apiServerPorts") });

const policy = (fill: Fill, program: string, ingress: readonly unknown[], egress: readonly unknown[]) => ({
  apiVersion: "networking.k8s.io/v1",
  kind: "NetworkPolicy",
  metadata: { name: `countersign-${program}`, namespace: fill.namespace, labels: labelsOf(program) },
  spec: {
    podSelector: { matchLabels: labelsOf(program) },
    policyTypes: ["Ingress", "Egress"],
    // a rule without ports would open all of them
    ingress: ingress.length === 0 ? [] : [{ ports: tcp(...ingress) }],
    egress,
  },
});

/** API servers are no pods, and come from anywhere. */
export function programTraffic(fill: Fill): readonly object[] {
  return [
    policy(
      fill,
      "controller",
      [metricsPort],
      [dns, apiServers(fill), ...fill.each("networkPolicy.controllerEgress")],
    ),
    policy(fill, "sync", [metricsPort], [dns, apiServers(fill)]),
  ];
}

/** Registries may listen on any port. */
export function webhookTraffic(fill: Fill): object {
  return policy(fill, "webhook", [fill.value(webhookPort.path), metricsPort], [{}]);
}

const flow = "flowcontrol.apiserver.k8s.io";

/** Every node's watch and every publication wait in a queue of their own, and never before others. */
export function fairness(fill: Fill): readonly object[] {
  const account = (program: string) => ({
    kind: "ServiceAccount",
    serviceAccount: { name: `countersign-${program}`, namespace: fill.namespace },
  });
  const all = { verbs: ["*"], apiGroups: ["*"], resources: ["*"], namespaces: ["*"], clusterScope: true };
  return [
    {
      apiVersion: `${flow}/v1`,
      kind: "PriorityLevelConfiguration",
      metadata: { name: "countersign", labels: labelsOf("sync") },
      spec: {
        type: "Limited",
        limited: {
          nominalConcurrencyShares: 10,
          lendablePercent: 50,
          // nodes are one user, and have the room of eight queues when all of them come at once
          limitResponse: { type: "Queue", queuing: { queues: 32, handSize: 8, queueLengthLimit: 100 } },
        },
      },
    },
    {
      apiVersion: `${flow}/v1`,
      kind: "FlowSchema",
      metadata: { name: "countersign", labels: labelsOf("sync") },
      spec: {
        priorityLevelConfiguration: { name: "countersign" },
        matchingPrecedence: 1500,
        distinguisherMethod: { type: "ByUser" },
        rules: [{ subjects: ["controller", "webhook", "sync"].map(account), resourceRules: [all] }],
      },
    },
  ];
}
