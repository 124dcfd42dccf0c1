import { hash } from "node:crypto";
import { CountersignError } from "../../values/error.ts";
import { emptyPool } from "../certificate-pool.ts";
import { parseAnchors } from "../certificates-pem.ts";
import { reasonOf } from "../invalid.ts";
import { parsePublicKeyPem } from "../public-key-pem.ts";
import type { CertificateAuthority, TransparencyLog, TrustedRoot } from "./trusted-root.ts";

/** What a policy holds in place of a trusted root; PEM. */
export interface BareTrust {
  readonly ca: Uint8Array | undefined;
  readonly rekorKeys: readonly Uint8Array[];
}

/**
 * Trust in a CA and log keys, and nothing more: there are no windows, no certificate logs and no timestamp authorities,
 * and it is not known which host a log is at.
 * @throws CountersignError TRUST_MATERIAL_INVALID
 */
export function bareTrustedRoot({ ca, rekorKeys }: BareTrust): TrustedRoot {
  return {
    certificateAuthorities: ca === undefined ? [] : [authorityOf(ca)],
    transparencyLogs: rekorKeys.map(logOf),
    certificateLogs: [],
    timestampAuthorities: [],
  };
}

const always = { from: undefined, to: undefined };

function authorityOf(ca: Uint8Array): CertificateAuthority {
  const roots = parseAnchors(ca);
  if (roots === undefined) {
    throw new CountersignError("TRUST_MATERIAL_INVALID", "error loading Fulcio CA certificates");
  }
  return { uri: "", roots, intermediates: emptyPool, leaf: undefined, window: always };
}

function logOf(pem: Uint8Array, at: number): TransparencyLog {
  try {
    const key = parsePublicKeyPem(pem);
    const id = hash("sha256", key.spki, "buffer");
    return { id, key, window: always, origin: undefined };
  } catch (caught) {
    throw new CountersignError(
      "TRUST_MATERIAL_INVALID",
      `parsing Rekor public key ${at + 1}: ${reasonOf(caught)}`,
    );
  }
}
