import type { Certificate } from "../certificate.ts";
import type { PublicKey } from "../public-key.ts";
import type { SignedContent } from "./signed-entity.ts";
import type { TrustedRoot } from "./trusted-root.ts";

/** Who has to have signed. Which of a certificate's names may have is decided by whoever asked. */
export type ExpectedSigner =
  | {
      readonly type: "key";
      /** one of them */
      readonly keys: readonly [PublicKey, ...PublicKey[]];
      /** undefined: the one that goes with the key's curve, or SHA-256 */
      readonly hashAlgorithm: "sha256" | "sha384" | "sha512" | undefined;
    }
  | { readonly type: "certificate" };

/** What a message signature is about, where the entity does not bring it along. */
export type Artifact =
  | { readonly type: "bytes"; readonly bytes: Uint8Array }
  | {
      readonly type: "digest";
      readonly algorithm: "sha256" | "sha384" | "sha512";
      readonly value: Uint8Array;
    };

/** What has to vouch for the signature besides the signer. */
export interface Demands {
  /** distinct transparency logs that took it */
  readonly logs: number;
  /** distinct timestamp authorities that saw it */
  readonly timestamps: number;
  /** distinct certificate logs that promised to show the certificate; nothing of it is asked of a key */
  readonly scts: number;
  /** seconds since 1970: when a certificate has to be valid if neither logs nor timestamps are demanded */
  readonly now: number;
}

export interface VerificationQuestion {
  readonly signer: ExpectedSigner;
  readonly trust: TrustedRoot;
  readonly demands: Demands;
  /** undefined for an envelope, whose payload says what it is about */
  readonly artifact: Artifact | undefined;
}

/** An entity that was verified: from here on what it says may be believed. */
export interface VerifiedEntity {
  readonly signer: VerifiedSigner;
  readonly content: SignedContent;
  /** when it was signed, by those who are trusted to know */
  readonly times: readonly VerifiedTime[];
  /** distinct transparency logs that took it */
  readonly logs: number;
}

export type VerifiedSigner =
  | { readonly type: "key"; readonly key: PublicKey }
  | {
      readonly type: "certificate";
      readonly certificate: Certificate;
      /** the OIDC issuer; undefined if the certificate names none */
      readonly issuer: string | undefined;
      /** every subject alternative name */
      readonly names: readonly SubjectName[];
    };

export interface SubjectName {
  readonly type: "uri" | "email" | "dns" | "ip" | "otherName";
  readonly value: string;
}

export interface VerifiedTime {
  readonly source: "log" | "timestamp authority" | "clock";
  /** since 1970 */
  readonly seconds: number;
}
