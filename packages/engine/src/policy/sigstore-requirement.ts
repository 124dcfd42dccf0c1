import type { NamedReference } from "../values/image-reference.ts";
import type { Json } from "../values/json.ts";
import type { Pattern } from "../values/pattern.ts";
import type { IdentityMatch } from "./identity-match.ts";
import type { TrustSource } from "./trust-source.ts";

/**
 * The extension's `sigstore` requirement: one of the authorities vouches for the image. An authority means what a
 * ClusterImagePolicy's means (policy.sigstore.dev), so that a cluster's policy compiles to it directly.
 */
export interface SigstoreRequirement {
  readonly type: "sigstore";
  readonly authorities: readonly [Authority, ...Authority[]];
  /** how the signed name must relate to the image; `digestOnly` looks at no name, as cosign does */
  readonly identity: IdentityMatch | { readonly type: "digestOnly" };
  /** whether what an index's signature says holds for the instance that runs */
  readonly acceptsIndexSignatures: boolean;
}

export type Authority = NamedAuthority & (StaticAuthority | KeyAuthority | KeylessAuthority);

interface NamedAuthority {
  /** unique in its requirement; `authority-<position>` if the policy gives none */
  readonly name: string;
}

export interface StaticAuthority {
  readonly type: "static";
  readonly action: "pass" | "fail";
  /** shown where a `fail` denies; `""` if the policy gives none */
  readonly message: string;
}

/** What a key and a keyless authority may both ask. */
interface VerifyingAuthority {
  readonly transparency: TransparencyDemand;
  readonly timestamp: TimestampDemand;
  /** if there are any, they are looked at instead of signatures, and each must be met by some attestation */
  readonly attestations: readonly AttestationDemand[];
  /** where signatures and attestations are kept; the image's own repository if empty */
  readonly sources: readonly SignatureRepository[];
}

export interface KeyAuthority extends VerifyingAuthority {
  readonly type: "key";
  readonly keys: TrustSource;
  /** undefined: the one that goes with the key's curve, SHA-256 for RSA */
  readonly hashAlgorithm: "sha256" | "sha384" | "sha512" | undefined;
}

export interface KeylessAuthority extends VerifyingAuthority {
  readonly type: "keyless";
  readonly trust: KeylessTrust;
  /** any of them */
  readonly identities: readonly [SignerIdentity, ...SignerIdentity[]];
  /** whether a certificate counts that no certificate transparency log promised to show */
  readonly ignoresSct: boolean;
}

/** Whom certificates are believed of. */
export type KeylessTrust =
  | { readonly type: "trustedRoot"; readonly root: TrustedRootSource }
  /** bare CA and log keys, without windows, CT logs and timestamp authorities */
  | { readonly type: "fulcio"; readonly ca: TrustSource; readonly rekor: TrustSource | undefined };

/** Where a `trusted_root.json` comes from. */
export type TrustedRootSource =
  | TrustSource
  /** The Update Framework: fetched, checked against `root`, and kept */
  | {
      readonly type: "tuf";
      /** an https URL without a trailing slash */
      readonly mirror: string;
      /** the root.json that is trusted to begin with */
      readonly root: TrustSource;
      /** the target's name; `trusted_root.json` unless said otherwise */
      readonly target: string;
    };

/** Both must hold. The subject may be any of the certificate's names. */
export interface SignerIdentity {
  readonly issuer: TextMatch;
  readonly subject: TextMatch;
}

export type TextMatch =
  | { readonly type: "exact"; readonly text: string }
  | { readonly type: "pattern"; readonly pattern: Pattern };

/** Whether a transparency log must have taken the signature. */
export type TransparencyDemand =
  | { readonly type: "none" }
  | {
      readonly type: "logged";
      /** distinct logs that must have taken it, 1 or more */
      readonly threshold: number;
      /** the logs' keys; undefined: those of the authority's trusted root */
      readonly logs: TransparencyLogs | undefined;
    };

export type TransparencyLogs =
  | { readonly type: "rekor"; readonly keys: TrustSource }
  | { readonly type: "trustedRoot"; readonly root: TrustedRootSource };

/** Whether a timestamp authority must have seen the signature. */
export type TimestampDemand =
  | { readonly type: "none" }
  | {
      readonly type: "stamped";
      readonly threshold: number;
      /** undefined: the authority's trusted root */
      readonly root: TrustedRootSource | undefined;
    };

export interface AttestationDemand {
  readonly name: string;
  /** the in-toto predicate type, spelled out: short names are resolved by the parser */
  readonly predicateType: string;
  /** undefined: any statement of that type will do */
  readonly policy: StatementPolicy | undefined;
}

/** What a statement must say. CUE and Rego have no engine here; the parser refuses them. */
export interface StatementPolicy {
  readonly type: "cel";
  readonly expression: CelExpression;
}

/** A compiled CEL expression over `statement`, `predicate`, `predicateType` and `subject`. */
export interface CelExpression {
  /** as it was written */
  readonly source: string;
  /** whether it looks at nothing of the statement, so that its result is always the same */
  readonly isConstant: boolean;
  /** why it can be true of no statement, as far as its type alone shows; undefined if that is not certain */
  readonly whyNeverTrue: string | undefined;
  /** why it is not `true` of an in-toto statement, e.g. as it asks for what is not there; undefined if it is */
  fault(statement: Json): string | undefined;
}

export interface SignatureRepository {
  readonly repository: NamedReference | undefined;
  readonly tagPrefix: string;
}
