/** What a program may do in the API server. */
export interface Grant {
  readonly where: "cluster" | "system" | "kube-system" | "pull-secrets";
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

export type Program = "controller" | "webhook" | "sync";

const core = [""];
const policyKinds: readonly Grant[] = [
  {
    where: "cluster",
    apiGroups: ["policy.sigstore.dev"],
    resources: ["clusterimagepolicies", "trustroots"],
    verbs: ["list", "watch"],
  },
  {
    where: "cluster",
    apiGroups: ["policy.countersign.dev"],
    resources: ["imagepolicies"],
    verbs: ["list", "watch"],
  },
  {
    where: "cluster",
    apiGroups: ["config.openshift.io"],
    resources: ["clusterimagepolicies", "imagepolicies"],
    verbs: ["list", "watch"],
  },
];

/** What policies may refer to: in the system's namespace alone. */
const materials: Grant = {
  where: "system",
  apiGroups: core,
  resources: ["secrets", "configmaps"],
  verbs: ["list", "watch"],
};

/** By program. Each is used: a test compares them with what the programs ask of an API server. */
export const grants: Readonly<Record<Program, readonly Grant[]>> = {
  controller: [
    ...policyKinds,
    {
      where: "cluster",
      apiGroups: ["policy.sigstore.dev"],
      resources: ["clusterimagepolicies/status", "trustroots/status"],
      verbs: ["update"],
    },
    {
      where: "cluster",
      apiGroups: ["policy.countersign.dev"],
      resources: ["imagepolicies/status"],
      verbs: ["update"],
    },
    { where: "cluster", apiGroups: core, resources: ["namespaces"], verbs: ["list", "watch"] },
    { where: "cluster", apiGroups: core, resources: ["events"], verbs: ["create"] },
    materials,
    {
      where: "system",
      apiGroups: core,
      resources: ["configmaps"],
      verbs: ["get", "create", "update", "delete"],
    },
    {
      where: "system",
      apiGroups: ["coordination.k8s.io"],
      resources: ["leases"],
      verbs: ["get", "list", "watch", "create", "update", "delete"],
    },
  ],
  webhook: [
    ...policyKinds,
    {
      where: "cluster",
      apiGroups: ["admissionregistration.k8s.io"],
      resources: ["validatingwebhookconfigurations", "mutatingwebhookconfigurations"],
      resourceNames: ["countersign"],
      verbs: ["get", "update"],
    },
    materials,
    {
      where: "system",
      apiGroups: core,
      resources: ["secrets"],
      resourceNames: ["countersign-webhook-tls"],
      verbs: ["get", "update"],
    },
    { where: "system", apiGroups: core, resources: ["pods"], verbs: ["list"] },
    { where: "kube-system", apiGroups: core, resources: ["pods"], verbs: ["list"] },
    {
      where: "pull-secrets",
      apiGroups: core,
      resources: ["secrets", "serviceaccounts"],
      verbs: ["get"],
    },
  ],
  sync: [
    // the index is watched by its name, and parts are named by what is in them
    {
      where: "system",
      apiGroups: core,
      resources: ["configmaps"],
      resourceNames: ["countersign-index"],
      verbs: ["list", "watch"],
    },
    { where: "system", apiGroups: core, resources: ["configmaps"], verbs: ["get"] },
    {
      where: "system",
      apiGroups: ["coordination.k8s.io"],
      resources: ["leases"],
      verbs: ["get", "create", "update"],
    },
  ],
};
