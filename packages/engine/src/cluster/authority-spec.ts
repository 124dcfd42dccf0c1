import type { NamedReference } from "../values/image-reference.ts";
import type { StatementPolicySpec } from "./statement-policy-spec.ts";

/**
 * Who may vouch for an image, as a policy resource says it: keys and roots may still have to be looked up in the cluster.
 * Source: policy-controller pkg/apis/policy/v1alpha1/clusterimagepolicy_types.go, Authority.
 */
export type AuthoritySpec = NamedSpec & (StaticSpec | KeySpec | KeylessSpec);

interface NamedSpec {
  readonly name: string;
}

export interface StaticSpec {
  readonly type: "static";
  readonly action: "pass" | "fail";
  readonly message: string;
}

interface VerifyingSpec {
  readonly source: SignatureSourceSpec | undefined;
  readonly ctlog: TransparencySpec | undefined;
  /** the TrustRoot that has the timestamp authority; undefined: none is asked */
  readonly timestampRoot: string | undefined;
  readonly attestations: readonly AttestationSpec[];
  readonly format: "legacy" | "bundle";
}

export interface KeySpec extends VerifyingSpec {
  readonly type: "key";
  readonly key: KeyReference;
  readonly hashAlgorithm: "sha224" | "sha256" | "sha384" | "sha512";
}

export interface KeylessSpec extends VerifyingSpec {
  readonly type: "keyless";
  readonly trust: KeylessTrustSpec;
  readonly identities: readonly [IdentitySpec, ...IdentitySpec[]];
  readonly ignoresSct: boolean;
}

/** Where a public key is. */
export type KeyReference =
  | { readonly type: "inline"; readonly pem: string }
  /** in the controller's own namespace, whatever the resource says; the Secret has one entry */
  | { readonly type: "secret"; readonly name: string; readonly saidNamespace: string }
  | { readonly type: "kms"; readonly uri: string };

export type KeylessTrustSpec =
  /** the public Sigstore */
  | { readonly type: "public" }
  | { readonly type: "trustRoot"; readonly name: string }
  /** which upstream takes, and cannot verify by */
  | { readonly type: "certificate"; readonly key: KeyReference };

/** Patterns are searched for, not matched whole: so upstream takes them. */
export interface IdentitySpec {
  readonly issuer: TextMatchSpec;
  readonly subject: TextMatchSpec;
}

export type TextMatchSpec =
  | { readonly type: "exact"; readonly text: string }
  | { readonly type: "pattern"; readonly source: string };

/** Rekor, in spite of its name in the resource. */
export type TransparencySpec =
  | { readonly type: "public" }
  | { readonly type: "trustRoot"; readonly name: string };

export interface SignatureSourceSpec {
  /** undefined: the image's own repository */
  readonly repository: NamedReference | undefined;
  readonly tagPrefix: string;
  /** names of Secrets in the workload's namespace */
  readonly pullSecrets: readonly string[];
}

export interface AttestationSpec {
  readonly name: string;
  /** as written: a URI, or one of the short names */
  readonly predicateType: string;
  readonly policy: StatementPolicySpec | undefined;
}
