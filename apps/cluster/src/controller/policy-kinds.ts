import type { ApiKind } from "../kube/api-kind.ts";

/** The kinds that a controller compiles. */
export const clusterImagePolicies: ApiKind = {
  group: "policy.sigstore.dev",
  version: "v1alpha1",
  plural: "clusterimagepolicies",
  scope: "Cluster",
};
export const trustRoots: ApiKind = {
  group: "policy.sigstore.dev",
  version: "v1alpha1",
  plural: "trustroots",
  scope: "Cluster",
};
export const imagePolicies: ApiKind = {
  group: "policy.countersign.dev",
  version: "v1alpha1",
  plural: "imagepolicies",
  scope: "Namespaced",
};
/** Only in OpenShift; elsewhere nobody follows them. */
export const openShiftClusterImagePolicies: ApiKind = {
  group: "config.openshift.io",
  version: "v1",
  plural: "clusterimagepolicies",
  scope: "Cluster",
};
export const openShiftImagePolicies: ApiKind = {
  group: "config.openshift.io",
  version: "v1",
  plural: "imagepolicies",
  scope: "Namespaced",
};
