import type { KeyReference } from "./authority-spec.ts";
import type { PolicyTextSource } from "./statement-policy-spec.ts";

/**
 * What policies refer to, as it was looked up beforehand: Secrets, keys in a KMS, TrustRoots, texts kept elsewhere. What
 * could not be had says why; what it was meant for then accepts nothing.
 */
export interface Materials {
  /** where Secrets and ConfigMaps are looked for, and nowhere else */
  readonly namespace: string;
  /** a public key, PEM */
  key(reference: Exclude<KeyReference, { readonly type: "inline" }>): Material<string>;
  trustRoot(name: string): Material<TrustedRootMaterial>;
  /** of the public Sigstore */
  readonly publicRoot: Material<TrustedRootMaterial>;
  policyText(source: Exclude<PolicyTextSource, { readonly type: "inline" }>): Material<string>;
}

export type Material<T> =
  | { readonly type: "found"; readonly value: T }
  | { readonly type: "missing"; readonly why: string };

/** A trusted root as a policy file can say it. */
export type TrustedRootMaterial =
  /** the text of a `trusted_root.json` */
  | { readonly type: "text"; readonly json: string }
  | {
      readonly type: "tuf";
      readonly mirror: string;
      readonly root: Uint8Array;
      readonly target: string;
    };
