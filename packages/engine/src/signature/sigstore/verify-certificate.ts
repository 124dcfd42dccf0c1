import type { Certificate } from "../certificate.ts";
import { verifyChain } from "../certificate-chain.ts";
import { type CertificatePool, certificatePool, joinPools, sameBytes } from "../certificate-pool.ts";
import type { CertificateWork } from "../certificate-work.ts";
import { fulcioIssuer, namesFulcioIssuer, toleratingUnknownNames } from "../fulcio-identity.ts";
import { reasonOf, refuse, refusing } from "../invalid.ts";
import { rememberedCertificate } from "../remembered-certificate.ts";
import { momentText } from "./moment.ts";
import { subjectNames } from "./subject-names.ts";
import type { CertificateAuthority, TrustedRoot } from "./trusted-root.ts";
import { contains } from "./validity-window.ts";
import type { VerifiedSigner } from "./verified-entity.ts";
import type { CertificateEntity } from "./verify-claim.ts";
import { countScts } from "./verify-scts.ts";

export interface CertificateQuestion {
  readonly trust: TrustedRoot;
  /** when the whole chain must have been valid, all of them; seconds since 1970 */
  readonly times: readonly number[];
  /** how many certificate logs must have promised to show it */
  readonly scts: number;
  readonly work: CertificateWork;
}

/**
 * Requires that a trusted authority has certified the signer, that it and its certificates were valid whenever the
 * signature is said to have been made, and that enough logs show the certificate.
 * Source: sigstore/architecture-docs client-spec.md §4.3.
 * @param certificate the entity's
 * @throws CountersignError SIGNATURE_INVALID
 */
export function verifyCertificate(
  entity: CertificateEntity,
  certificate: Certificate,
  { trust, times, scts, work }: CertificateQuestion,
): VerifiedSigner {
  return refusing("certificate: ", () => {
    const leaf = toleratingUnknownNames(certificate);
    const sent = sentIntermediates(entity, work);
    const issuers = times.flatMap((time) => issuersAt(leaf, sent, time, trust.certificateAuthorities, work));
    const found = scts === 0 ? 0 : countScts(certificate, issuers, trust.certificateLogs, work);
    if (found < scts) refuse(`${found} trusted certificate logs promise to show it, ${scts} are demanded`);
    const issuer = namesFulcioIssuer(certificate) ? issuerText(fulcioIssuer(certificate)) : undefined;
    return { type: "certificate", certificate, issuer, names: subjectNames(certificate) };
  });
}

/** Certificates that came along: of use to reach a root, and believed no more than that. */
function sentIntermediates({ signer, format }: CertificateEntity, work: CertificateWork): CertificatePool {
  work.spend(signer.chain.length);
  const certificates = signer.chain.map((der) => rememberedCertificate(der));
  // the format forbids it, lest somebody takes it for an anchor
  const hasRoot = certificates.some(({ subject, issuer }) => sameBytes(subject, issuer));
  if (hasRoot && format !== "cosign attachment") refuse("its chain holds a root certificate");
  return certificatePool(certificates);
}

/** Whoever may have issued the leaf, in chains that were valid at `time`; at least one. */
function issuersAt(
  leaf: Certificate,
  sent: CertificatePool,
  time: number,
  authorities: readonly CertificateAuthority[],
  work: CertificateWork,
): readonly Certificate[] {
  const faults: string[] = [];
  for (const { roots, intermediates, window, uri } of authorities) {
    if (!contains(window, time)) {
      faults.push(`${uri || "the authority"} is not trusted at ${momentText(time)}`);
      continue;
    }
    try {
      const pools = { roots, intermediates: joinPools(intermediates, sent) };
      return verifyChain(leaf, { ...pools, seconds: time, work }).map(([, issuer = leaf]) => issuer);
    } catch (caught) {
      faults.push(reasonOf(caught));
    }
  }
  return refuse(faults.length === 0 ? "there is no authority to trust" : [...new Set(faults)].join("; "));
}

function issuerText(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString();
}
