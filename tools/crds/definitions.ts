import { imagePolicySpec } from "./image-policy-schema.ts";
import { object, type Schema } from "./schema.ts";
import { policyStatus, trustRootStatus } from "./status-schema.ts";
import { trustRootSpec } from "./trust-root-schema.ts";

export interface Definition {
  readonly apiVersion: "apiextensions.k8s.io/v1";
  readonly kind: "CustomResourceDefinition";
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly group: string;
    readonly scope: "Cluster" | "Namespaced";
    readonly names: {
      readonly kind: string;
      readonly listKind: string;
      readonly plural: string;
      readonly singular: string;
      readonly shortNames?: readonly string[];
      readonly categories: readonly string[];
    };
    readonly conversion: { readonly strategy: "None" };
    readonly versions: readonly Version[];
  };
}

interface Version {
  readonly name: string;
  readonly served: true;
  readonly storage: boolean;
  readonly subresources: { readonly status: object };
  readonly additionalPrinterColumns: readonly Column[];
  readonly schema: { readonly openAPIV3Schema: Schema };
}

interface Column {
  readonly name: string;
  readonly type: "string" | "integer" | "date";
  readonly description: string;
  readonly jsonPath: string;
  readonly priority?: number;
}

const ready: Column = {
  name: "Ready",
  type: "string",
  description: "Whether it is in force as it is written.",
  jsonPath: `.status.conditions[?(@.type=="Ready")].status`,
};
/** The whole story is in `shortcomings`; a word of it is enough to see where to look. */
const enforceable = (name: string, type: string): Column => ({
  name,
  type: "string",
  description: `How far ${name} enforces it: Exactly, or RefusesMore, InPart.`,
  jsonPath: `.status.conditions[?(@.type=="${type}")].reason`,
  priority: 1,
});
const why: Column = {
  name: "Reason",
  type: "string",
  description: "Why it is ready, or is not.",
  jsonPath: `.status.conditions[?(@.type=="Ready")].reason`,
  priority: 1,
};
const age: Column = {
  name: "Age",
  type: "date",
  description: "Since when it is there.",
  jsonPath: ".metadata.creationTimestamp",
};
const policyColumns: readonly Column[] = [
  { name: "Mode", type: "string", description: "enforce if empty.", jsonPath: ".spec.mode" },
  ready,
  why,
  enforceable("Gateway", "EnforceableByGateway"),
  enforceable("CRI-O", "EnforceableByCRIO"),
  { name: "Applied", type: "integer", description: "Nodes that have it.", jsonPath: ".status.nodes.applied" },
  { name: "Nodes", type: "integer", description: "Nodes that report.", jsonPath: ".status.nodes.reporting" },
  age,
];

function version(
  name: string,
  storage: boolean,
  additionalPrinterColumns: readonly Column[],
  openAPIV3Schema: Schema,
): Version {
  return {
    name,
    served: true,
    storage,
    subresources: { status: {} },
    additionalPrinterColumns,
    schema: { openAPIV3Schema },
  };
}

const clusterPolicy = object(
  "A policy for the whole cluster: an image that its globs match runs only if one of its authorities vouches for it.",
  { spec: imagePolicySpec, status: policyStatus },
  { required: ["spec"] },
);

const namespacedPolicy = object(
  "A policy for one namespace. It is demanded besides what the cluster's policies demand, and never instead of it.",
  { spec: imagePolicySpec, status: policyStatus },
  { required: ["spec"] },
);

const trustRoot = object(
  "Whose certificates, logs and timestamps policies may refer to.",
  { spec: trustRootSpec, status: trustRootStatus },
  { required: ["spec"] },
);

/**
 * The names, scopes, served and stored versions are upstream's. Its two versions say the same, so nothing is to be
 * converted: upstream has a webhook for that, which would have to be there before a policy can be read.
 * Source: policy-controller config/300-clusterimagepolicy.yaml, 300-trustroot.yaml.
 */
export const definitions: readonly Definition[] = [
  define(
    "policy.sigstore.dev",
    "ClusterImagePolicy",
    "clusterimagepolicies",
    "Cluster",
    ["cip"],
    [
      version("v1alpha1", true, policyColumns, clusterPolicy),
      version("v1beta1", false, policyColumns, clusterPolicy),
    ],
  ),
  define(
    "policy.sigstore.dev",
    "TrustRoot",
    "trustroots",
    "Cluster",
    [],
    [version("v1alpha1", true, [ready, why, age], trustRoot)],
  ),
  define(
    "policy.countersign.dev",
    "ImagePolicy",
    "imagepolicies",
    "Namespaced",
    [],
    [version("v1alpha1", true, policyColumns, namespacedPolicy)],
  ),
];

function define(
  group: string,
  kind: string,
  plural: string,
  scope: "Cluster" | "Namespaced",
  shortNames: readonly string[],
  versions: readonly Version[],
): Definition {
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope,
      names: {
        kind,
        listKind: `${kind}List`,
        plural,
        singular: kind.toLowerCase(),
        ...(shortNames.length > 0 && { shortNames }),
        categories: group === "policy.sigstore.dev" ? ["all", "sigstore"] : ["countersign"],
      },
      conversion: { strategy: "None" },
      versions,
    },
  };
}
