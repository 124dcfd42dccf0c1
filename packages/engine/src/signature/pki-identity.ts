import { verifyChain } from "./certificate-chain.ts";
import { hostnameFault } from "./certificate-hostname.ts";
import { type CertificatePool, joinPools } from "./certificate-pool.ts";
import type { CertificateWork } from "./certificate-work.ts";
import { type CertificateAnnotations, requireEmail, untrustedIntermediates } from "./fulcio-identity.ts";
import { refuse, refusing } from "./invalid.ts";
import { parseLeafCertificate } from "./leaf-certificate.ts";
import type { PublicKey } from "./public-key.ts";

/** Who may sign with a certificate of a CA of one's own. */
export interface PkiIdentity {
  readonly anchors: CertificatePool;
  /** the policy's own; no anchors */
  readonly intermediates: CertificatePool;
  readonly subjectEmail: string | undefined;
  readonly subjectHostname: string | undefined;
}

/**
 * Checks the certificate as containers/image pki_cert.go: no log is asked, so the chain must be valid now.
 * @param seconds now, since 1970
 * @returns the certified key, whatever its kind; undefined if Go does not know its algorithm
 * @throws CountersignError SIGNATURE_INVALID with the reference's words
 */
export function verifyPkiCertificate(
  identity: PkiIdentity,
  { certificate, chain }: CertificateAnnotations,
  seconds: number,
  work: CertificateWork,
): PublicKey | undefined {
  const intermediates = joinPools(identity.intermediates, untrustedIntermediates(chain, work));
  const leaf = parseLeafCertificate(certificate, work);
  refusing("veryfing leaf certificate failed: ", () =>
    verifyChain(leaf, { roots: identity.anchors, intermediates, seconds, work }),
  );
  if (identity.subjectEmail !== undefined) requireEmail(leaf, identity.subjectEmail);
  if (identity.subjectHostname !== undefined) {
    const fault = hostnameFault(leaf, identity.subjectHostname);
    if (fault !== undefined) refuse(`Unexpected subject hostname: ${fault}`);
  }
  return leaf.publicKey;
}
