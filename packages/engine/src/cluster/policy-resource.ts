import type { ImageGlob } from "../policy/image-glob.ts";
import type { AuthoritySpec } from "./authority-spec.ts";
import type { StatementPolicySpec } from "./statement-policy-spec.ts";

/** What a policy in a cluster is called, and which edition of it was read. */
export interface ResourceIdentity {
  readonly apiVersion: string;
  readonly kind: string;
  /** undefined: the whole cluster's */
  readonly namespace: string | undefined;
  readonly name: string;
  /** `metadata.generation`; 0 where a file has none */
  readonly generation: number;
}

/**
 * policy.sigstore.dev ClusterImagePolicy, v1alpha1 or v1beta1, and policy.countersign.dev/v1alpha1 ImagePolicy, the same
 * within one namespace.
 * Source: policy-controller pkg/apis/policy/v1alpha1/clusterimagepolicy_types.go.
 */
export interface ImagePolicyResource {
  readonly identity: ResourceIdentity;
  /** an image that one of them matches is subject to the policy */
  readonly globs: readonly [ImageGlob, ...ImageGlob[]];
  /** one of them must vouch for it */
  readonly authorities: readonly [AuthoritySpec, ...AuthoritySpec[]];
  /** asked in addition once an authority vouched */
  readonly policy: AdmissionPolicySpec | undefined;
  readonly mode: "enforce" | "warn";
  /** only objects that one of these describes; empty: every object */
  readonly match: readonly ObjectMatch[];
}

/** A policy over what the authorities found, and what admission knows besides. */
export interface AdmissionPolicySpec {
  readonly statement: StatementPolicySpec;
  /** what of the object it wants to see, which a node never does */
  readonly includes: readonly ("fetchConfigFile" | "includeSpec" | "includeObjectMeta" | "includeTypeMeta")[];
}

/** All that is given must hold; `""` is not given. */
export interface ObjectMatch {
  readonly group: string;
  /** `*` is any */
  readonly version: string;
  /** plural: `pods` */
  readonly resource: string;
  readonly selector: LabelSelector | undefined;
}

/** Source: k8s.io/apimachinery meta/v1 LabelSelector. */
export interface LabelSelector {
  readonly matchLabels: ReadonlyMap<string, string>;
  readonly matchExpressions: readonly LabelExpression[];
}

export interface LabelExpression {
  readonly key: string;
  readonly operator: "In" | "NotIn" | "Exists" | "DoesNotExist";
  readonly values: readonly string[];
}
