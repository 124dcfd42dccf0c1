import type { Fill } from "./placeholder.ts";
import { labelsOf, webhookPort } from "./pods.ts";

const verbs = ["CREATE", "UPDATE"];
const rule = (group: string, version: string, ...resources: readonly string[]) => ({
  apiGroups: [group],
  apiVersions: [version],
  operations: verbs,
  resources,
});

/** policy-controller's label; and never what the webhook itself needs to run, whoever labels it. */
const optedIn = (fill: Fill) => ({
  matchExpressions: [
    { key: "policy.sigstore.dev/include", operator: "In", values: ["true"] },
    { key: "kubernetes.io/metadata.name", operator: "NotIn", values: ["kube-system", fill.namespace] },
  ],
});

const client = (fill: Fill, path: string) => ({
  service: { name: "countersign-webhook", namespace: fill.namespace, path, port: 443 },
});

const common = { admissionReviewVersions: ["v1"], sideEffects: "None", matchPolicy: "Equivalent" };

export function validating(fill: Fill): object {
  return {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "ValidatingWebhookConfiguration",
    metadata: { name: "countersign", labels: labelsOf("webhook") },
    webhooks: [
      {
        name: "workloads.countersign.dev",
        ...common,
        clientConfig: client(fill, "/validate"),
        failurePolicy: "Fail",
        timeoutSeconds: fill.value("webhook.timeoutSeconds"),
        namespaceSelector: optedIn(fill),
        rules: [
          rule("", "v1", "pods", "pods/ephemeralcontainers", "replicationcontrollers", "podtemplates"),
          rule("apps", "v1", "deployments", "replicasets", "statefulsets", "daemonsets"),
          rule("batch", "v1", "jobs", "cronjobs"),
        ],
      },
      {
        name: "policies.countersign.dev",
        ...common,
        clientConfig: client(fill, "/policies"),
        // a policy that locks the webhook out must still be mendable; definitions and controller check policies besides
        failurePolicy: "Ignore",
        timeoutSeconds: 10,
        rules: [
          rule("policy.sigstore.dev", "*", "clusterimagepolicies", "trustroots"),
          rule("policy.countersign.dev", "*", "imagepolicies"),
        ],
      },
    ],
  };
}

export function mutating(fill: Fill): object {
  return {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "MutatingWebhookConfiguration",
    metadata: { name: "countersign", labels: labelsOf("webhook") },
    webhooks: [
      {
        name: "pin.countersign.dev",
        ...common,
        clientConfig: client(fill, "/pin"),
        failurePolicy: "Fail",
        reinvocationPolicy: "IfNeeded",
        timeoutSeconds: fill.value("webhook.timeoutSeconds"),
        namespaceSelector: optedIn(fill),
        rules: [rule("", "v1", "pods", "pods/ephemeralcontainers")],
      },
    ],
  };
}

/** By which API servers call it, and the Secret that its replicas fill and share. */
export function serving(fill: Fill): readonly object[] {
  const metadata = (name: string) => ({ name, namespace: fill.namespace, labels: labelsOf("webhook") });
  return [
    {
      apiVersion: "v1",
      kind: "Service",
      metadata: metadata("countersign-webhook"),
      spec: {
        selector: labelsOf("webhook"),
        ports: [{ name: "https", port: 443, targetPort: webhookPort.name, protocol: "TCP" }],
      },
    },
    { apiVersion: "v1", kind: "Secret", metadata: metadata("countersign-webhook-tls"), type: "Opaque" },
  ];
}
