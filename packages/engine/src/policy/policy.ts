import type { Digest } from "../values/digest.ts";
import type { IdentityMatch } from "./identity-match.ts";
import type { ImageGlob } from "./image-glob.ts";
import type { SigstoreRequirement } from "./sigstore-requirement.ts";
import type { TrustSource } from "./trust-source.ts";

export type { IdentityMatch } from "./identity-match.ts";
export type { TrustSource } from "./trust-source.ts";

/**
 * A parsed containers-policy.json(5). Only `parsePolicy` makes one, so every "exactly one of" of the file
 * format is already decided and visible in these types.
 */
export interface Policy {
  readonly default: Requirements;
  /** transport name → scope (verbatim, `""` is the transport's default) → requirements */
  readonly transports: ReadonlyMap<string, ReadonlyMap<string, Requirements>>;
  /** the extension's `images`, for images in registries; empty without it */
  readonly images: readonly ImageRule[];
  /** digest of the file's bytes: names this very policy in logs, caches and metrics */
  readonly digest: Digest;
}

/**
 * One of the extension's `images`. Unlike scopes, of which the most specific applies alone, all rules that match must hold,
 * as a cluster's policies do.
 */
export type ImageRule = GlobRule | ScopeRule;

/** Requirements for whatever a glob matches. */
export interface GlobRule extends RuleParts {
  readonly type: "globs";
  readonly globs: readonly [ImageGlob, ...ImageGlob[]];
}

/**
 * Requirements for scopes as `transports` has them, beside rules by globs. Of the scopes of all such rules the most specific
 * that holds an image counts alone, of those that tighten and of the others apart: every rule that has it matches.
 */
export interface ScopeRule extends RuleParts {
  readonly type: "scopes";
  readonly scopes: ReadonlySet<string>;
}

interface RuleParts {
  /** what people call it, e.g. the resource it was compiled from */
  readonly name: string;
  /** whether it only adds to what would hold without it; else it stands in place of scopes and default */
  readonly tightens: boolean;
  readonly requirements: Requirements;
}

/** Never empty. All must hold, in this order; the first failure is the answer. */
export type Requirements = readonly [Requirement, ...Requirement[]];

export type Requirement = EnforcedRequirement | WarnRequirement;

/** One that keeps an image out if it fails. */
export type EnforcedRequirement =
  | { readonly type: "insecureAcceptAnything" }
  | { readonly type: "reject" }
  | { readonly type: "signedBaseLayer"; readonly baseLayerIdentity: IdentityMatch }
  | SignedByRequirement
  | SigstoreSignedRequirement
  | SigstoreRequirement
  | AnyOfRequirement;

/**
 * The extension's `"mode": "warn"`: judged like any other, told and counted if it fails, and never in an image's way.
 * It wraps what it is about, so that whoever looks for a requirement that holds something back cannot overlook it.
 */
export interface WarnRequirement {
  readonly type: "warn";
  readonly requirement: EnforcedRequirement;
}

/** The extension's `anyOf`: one of the alternatives must hold, whole. */
export interface AnyOfRequirement {
  readonly type: "anyOf";
  readonly alternatives: readonly [Alternative, ...Alternative[]];
}

/** All of it must hold. There is no warning within: it would make its alternative, and so the whole, hold always. */
export type Alternative = readonly [EnforcedRequirement, ...EnforcedRequirement[]];

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
