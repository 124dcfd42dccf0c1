/** A kind of object, by where the API server has it. */
export interface ApiKind {
  /** `""` is the core group */
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly scope: "Cluster" | "Namespaced";
}

/** `/apis/policy.sigstore.dev/v1alpha1/clusterimagepolicies`; of one namespace, or of all. */
export function collectionPath({ group, version, plural }: ApiKind, namespace?: string): string {
  const root = group === "" ? `/api/${version}` : `/apis/${group}/${version}`;
  return namespace === undefined
    ? `${root}/${plural}`
    : `${root}/namespaces/${encodeURIComponent(namespace)}/${plural}`;
}

export function objectPath(kind: ApiKind, { namespace, name }: ObjectName): string {
  return `${collectionPath(kind, namespace)}/${encodeURIComponent(name)}`;
}

export interface ObjectName {
  /** undefined for what belongs to the cluster */
  readonly namespace?: string | undefined;
  readonly name: string;
}

export const configMaps: ApiKind = { group: "", version: "v1", plural: "configmaps", scope: "Namespaced" };
export const secrets: ApiKind = { group: "", version: "v1", plural: "secrets", scope: "Namespaced" };
export const serviceAccounts: ApiKind = {
  group: "",
  version: "v1",
  plural: "serviceaccounts",
  scope: "Namespaced",
};
export const pods: ApiKind = { group: "", version: "v1", plural: "pods", scope: "Namespaced" };
export const namespaces: ApiKind = { group: "", version: "v1", plural: "namespaces", scope: "Cluster" };
export const events: ApiKind = { group: "", version: "v1", plural: "events", scope: "Namespaced" };
export const leases: ApiKind = {
  group: "coordination.k8s.io",
  version: "v1",
  plural: "leases",
  scope: "Namespaced",
};
