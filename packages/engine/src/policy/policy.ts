import type { Digest } from "../values/digest.ts";
import type { NamedReference } from "../values/image-reference.ts";

/**
 * A parsed containers-policy.json(5). Only `parsePolicy` makes one, so every "exactly one of" of the file
 * format is already decided and visible in these types.
 */
export interface Policy {
  readonly default: Requirements;
  /** transport name → scope (verbatim, `""` is the transport's default) → requirements */
  readonly transports: ReadonlyMap<string, ReadonlyMap<string, Requirements>>;
  /** digest of the file's bytes: names this very policy in logs, caches and metrics */
  readonly digest: Digest;
}

/** Never empty. All must hold, in this order; the first failure is the answer. */
export type Requirements = readonly [Requirement, ...Requirement[]];

export type Requirement =
  | { readonly type: "insecureAcceptAnything" }
  | { readonly type: "reject" }
  | { readonly type: "signedBaseLayer"; readonly baseLayerIdentity: IdentityMatch }
  | SignedByRequirement
  | SigstoreSignedRequirement;

export interface SignedByRequirement {
  readonly type: "signedBy";
  readonly keyType: "GPGKeys" | "signedByGPGKeys" | "X509Certificates" | "signedByX509CAs";
  readonly keys: TrustSource;
  readonly identity: IdentityMatch;
}

export interface SigstoreSignedRequirement {
  readonly type: "sigstoreSigned";
  readonly trust: SigstoreTrust;
  readonly identity: IdentityMatch;
}

/** Who may sign. */
export type SigstoreTrust =
  | { readonly type: "keys"; readonly keys: TrustSource; readonly rekor: TrustSource | undefined }
  | { readonly type: "fulcio"; readonly fulcio: FulcioTrust; readonly rekor: TrustSource }
  | { readonly type: "pki"; readonly pki: PkiTrust };

export interface FulcioTrust {
  readonly ca: TrustSource;
  readonly oidcIssuer: string;
  readonly subjectEmail: string;
}

export interface PkiTrust {
  readonly roots: TrustSource;
  readonly intermediates: TrustSource | undefined;
  /** at least one of the two is set; both set means both must hold */
  readonly subjectEmail: string | undefined;
  readonly subjectHostname: string | undefined;
}

/** Where trusted bytes come from: files, read anew for each judgement, or bytes in the policy itself. */
export type TrustSource =
  | { readonly type: "files"; readonly paths: readonly string[] }
  | { readonly type: "inline"; readonly data: readonly Uint8Array[] };

/** How the name inside a signature must relate to the image that was asked for. */
export type IdentityMatch =
  | { readonly type: "matchExact" }
  | { readonly type: "matchRepoDigestOrExact" }
  | { readonly type: "matchRepository" }
  | { readonly type: "exactReference"; readonly reference: NamedReference }
  | { readonly type: "exactRepository"; readonly repository: NamedReference }
  | { readonly type: "remapIdentity"; readonly prefix: string; readonly signedPrefix: string };
