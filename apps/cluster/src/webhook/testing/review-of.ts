/** An AdmissionReview as an API server sends it. */
export interface ReviewParts {
  readonly operation?: string;
  readonly namespace?: string;
  readonly subResource?: string;
  readonly oldObject?: object;
  readonly groups?: readonly string[];
}

const resources: Readonly<Record<string, readonly [group: string, version: string, resource: string]>> = {
  Pod: ["", "v1", "pods"],
  PodTemplate: ["", "v1", "podtemplates"],
  ReplicationController: ["", "v1", "replicationcontrollers"],
  Deployment: ["apps", "v1", "deployments"],
  ReplicaSet: ["apps", "v1", "replicasets"],
  StatefulSet: ["apps", "v1", "statefulsets"],
  DaemonSet: ["apps", "v1", "daemonsets"],
  Job: ["batch", "v1", "jobs"],
  CronJob: ["batch", "v1", "cronjobs"],
  Service: ["", "v1", "services"],
  ClusterImagePolicy: ["policy.sigstore.dev", "v1beta1", "clusterimagepolicies"],
  ImagePolicy: ["policy.countersign.dev", "v1alpha1", "imagepolicies"],
  TrustRoot: ["policy.sigstore.dev", "v1alpha1", "trustroots"],
};

export function reviewOf(kind: string, object: object | undefined, parts: ReviewParts = {}): object {
  const [group, version, resource] = resources[kind] ?? ["", "v1", kind.toLowerCase()];
  const { operation = "CREATE", namespace = "shop", subResource = "", oldObject } = parts;
  const { groups = [] } = parts;
  return {
    apiVersion: "admission.k8s.io/v1",
    kind: "AdmissionReview",
    request: {
      uid: "705ab4f5-6393-11e8-b7cc-42010a800002",
      kind: { group, version, kind },
      resource: { group, version, resource },
      ...(subResource !== "" && { subResource }),
      requestKind: { group, version, kind },
      name: "app",
      namespace,
      operation,
      userInfo: { username: "admin", groups: [...groups, "system:authenticated"] },
      object: object ?? null,
      oldObject: oldObject ?? null,
      dryRun: false,
      options: { apiVersion: "meta.k8s.io/v1", kind: "CreateOptions" },
    },
  };
}

/** An object of a kind that has this pod spec. */
export function objectWith(kind: string, spec: object, metadata: object = {}): object {
  const template = { metadata: { labels: { app: "a" } }, spec };
  const head = { metadata: { name: "app", namespace: "shop", ...metadata } };
  switch (kind) {
    case "Pod":
      return { apiVersion: "v1", kind, ...head, spec };
    case "PodTemplate":
      return { apiVersion: "v1", kind, ...head, template };
    case "CronJob":
      return { apiVersion: "batch/v1", kind, ...head, spec: { jobTemplate: { spec: { template } } } };
    default:
      return { kind, ...head, spec: { template } };
  }
}
