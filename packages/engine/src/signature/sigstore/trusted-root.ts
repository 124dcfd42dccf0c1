import type { CertificatePool } from "../certificate-pool.ts";
import type { PublicKey } from "../public-key.ts";

/**
 * Whom a verifier of sigstore signatures trusts: a parsed `trusted_root.json`, or put together from the CA and log keys
 * that a policy holds.
 */
export interface TrustedRoot {
  readonly certificateAuthorities: readonly CertificateAuthority[];
  /** Rekor */
  readonly transparencyLogs: readonly TransparencyLog[];
  /** certificate transparency: who promises to have logged a certificate. Empty: no SCT is looked at */
  readonly certificateLogs: readonly TransparencyLog[];
  readonly timestampAuthorities: readonly CertificateAuthority[];
}

/** When trust in a key or CA holds; both ends are included, undefined is open. Seconds since 1970. */
export interface ValidityWindow {
  readonly from: number | undefined;
  readonly to: number | undefined;
}

export interface CertificateAuthority {
  readonly uri: string;
  readonly roots: CertificatePool;
  readonly intermediates: CertificatePool;
  /** the certificate that a timestamp authority signs with, if the root names it: no other counts then */
  readonly leaf: Uint8Array | undefined;
  readonly window: ValidityWindow;
}

export interface TransparencyLog {
  /** sha256 of the key's SPKI unless the root says otherwise */
  readonly id: Uint8Array;
  readonly key: PublicKey;
  /** a trusted root says since when, a policy's bare key does not */
  readonly window: ValidityWindow;
  /** the host a checkpoint must come from; undefined for a bare key, where the key's hint alone has to match */
  readonly origin: string | undefined;
}
