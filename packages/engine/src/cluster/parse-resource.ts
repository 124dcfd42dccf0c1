import { quote } from "../values/go-format.ts";
import type { Json } from "../values/json.ts";
import type { Report } from "../values/strict-object.ts";
import { type OpenShiftPolicyResource, readOpenShiftPolicySpec } from "./openshift-policy.ts";
import { readImagePolicySpec } from "./parse-image-policy.ts";
import type { ImagePolicyResource } from "./policy-resource.ts";
import { readResourceHeader } from "./resource-header.ts";
import { readTrustRootSpec, type TrustRootResource } from "./trust-root-resource.ts";

/** Everything that policies in a cluster are made of. */
export type PolicyResource =
  | ({ readonly type: "imagePolicy" } & ImagePolicyResource)
  | ({ readonly type: "openShiftPolicy" } & OpenShiftPolicyResource)
  | ({ readonly type: "trustRoot" } & TrustRootResource);

type SpecReader = (
  identity: Parameters<typeof readImagePolicySpec>[0],
  spec: Json,
  path: string,
  report: Report,
) => PolicyResource | undefined;

const imagePolicy: SpecReader = (...parts) => {
  const read = readImagePolicySpec(...parts);
  return read && { type: "imagePolicy", ...read };
};
const openShiftPolicy: SpecReader = (...parts) => {
  const read = readOpenShiftPolicySpec(...parts);
  return read && { type: "openShiftPolicy", ...read };
};
const trustRoot: SpecReader = (...parts) => {
  const read = readTrustRootSpec(...parts);
  return read && { type: "trustRoot", ...read };
};

interface Kind {
  readonly read: SpecReader;
  readonly scope: "Cluster" | "Namespaced";
}

/** Which kinds are read, by `apiVersion kind`. */
export const policyKinds: ReadonlyMap<string, Kind> = new Map([
  ["policy.sigstore.dev/v1alpha1 ClusterImagePolicy", { read: imagePolicy, scope: "Cluster" }],
  ["policy.sigstore.dev/v1beta1 ClusterImagePolicy", { read: imagePolicy, scope: "Cluster" }],
  ["policy.sigstore.dev/v1alpha1 TrustRoot", { read: trustRoot, scope: "Cluster" }],
  ["policy.countersign.dev/v1alpha1 ImagePolicy", { read: imagePolicy, scope: "Namespaced" }],
  ["config.openshift.io/v1 ClusterImagePolicy", { read: openShiftPolicy, scope: "Cluster" }],
  ["config.openshift.io/v1 ImagePolicy", { read: openShiftPolicy, scope: "Namespaced" }],
]);

/**
 * Reads one object. Every fault of it is reported, with its path: a member that is not known is one, for a typo in a
 * policy must not go unnoticed.
 * @returns undefined if it has faults
 */
export function readPolicyResource(json: Json, report: Report): PolicyResource | undefined {
  const header = readResourceHeader(json, "", report);
  if (header === undefined) return undefined;
  const { identity, spec } = header;
  const kind = policyKinds.get(`${identity.apiVersion} ${identity.kind}`);
  if (kind === undefined) {
    const known = [...policyKinds.keys()].join(", ");
    report("kind", `${quote(`${identity.apiVersion} ${identity.kind}`)} is none of: ${known}`);
    return undefined;
  }
  if (kind.scope === "Cluster" && identity.namespace !== undefined) {
    report("metadata.namespace", `a ${identity.kind} of ${identity.apiVersion} belongs to no namespace`);
    return undefined;
  }
  if (kind.scope === "Namespaced" && identity.namespace === undefined) {
    report(
      "metadata.namespace",
      `an ${identity.kind} belongs to a namespace, which is missing: write the one that it is for`,
    );
    return undefined;
  }
  if (spec === undefined) {
    report("spec", "it is missing");
    return undefined;
  }
  return kind.read(identity, spec, "spec", report);
}
