import type { ApiKind } from "../kube/api-kind.ts";
import type { ApiObject } from "../kube/api-object.ts";

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

/**
 * Whether a policy has a status for what this program says of it. That of OpenShift's kinds belongs to OpenShift's
 * machine-config-operator, which puts one condition in the place of all that are there.
 * Source: openshift/machine-config-operator pkg/controller/container-runtime-config, syncImagePolicyStatusOnly.
 */
export function hasOwnStatus({ apiVersion }: ApiObject): boolean {
  return !apiVersion.startsWith("config.openshift.io/");
}
