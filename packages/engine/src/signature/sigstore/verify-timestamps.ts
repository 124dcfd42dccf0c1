import { hash } from "node:crypto";
import type { Certificate } from "../certificate.ts";
import { verifyChain } from "../certificate-chain.ts";
import { sameBytes } from "../certificate-pool.ts";
import { cryptographicFault } from "../certificate-signature.ts";
import { type SignatureAlgorithm, signatureAlgorithmOf } from "../certificate-signature-algorithm.ts";
import type { CertificateWork } from "../certificate-work.ts";
import { reasonOf, refuse, refusing } from "../invalid.ts";
import { rememberedCertificate } from "../remembered-certificate.ts";
import { momentText } from "./moment.ts";
import { parseTimestamp, type Timestamp } from "./parse-timestamp.ts";
import type { CertificateAuthority } from "./trusted-root.ts";
import { contains } from "./validity-window.ts";

/** A trusted authority saw the signature at this time. */
export interface VerifiedTimestamp {
  readonly authority: CertificateAuthority;
  /** since 1970, with fractions */
  readonly seconds: number;
}

export interface VerifiedTimestamps {
  readonly verified: readonly VerifiedTimestamp[];
  /** why the others count for nothing */
  readonly faults: readonly string[];
}

/**
 * Verifies timestamps. One that is of nobody who is trusted, or of something else, counts for nothing: whose it is shows
 * only when it verifies.
 * Source: RFC 3161 §2.2, sigstore/architecture-docs client-spec.md §4.2.
 * @param stamped what they may be over
 * @throws CountersignError SIGNATURE_INVALID if one is there twice
 */
export function verifyTimestamps(
  timestamps: readonly Uint8Array[],
  authorities: readonly CertificateAuthority[],
  stamped: readonly Uint8Array[],
  work: CertificateWork,
): VerifiedTimestamps {
  refuseDoubled(timestamps);
  const verified: VerifiedTimestamp[] = [];
  const faults: string[] = [];
  for (const [at, der] of timestamps.entries()) {
    try {
      verified.push(verifyTimestamp(der, authorities, stamped, work));
    } catch (caught) {
      faults.push(`timestamp ${at + 1}: ${reasonOf(caught)}`);
    }
  }
  return { verified, faults };
}

/** Copies would be counted as several. */
function refuseDoubled(timestamps: readonly Uint8Array[]): void {
  const seen = new Set<string>();
  for (const [at, der] of timestamps.entries()) {
    const digest = hash("sha256", der);
    if (seen.has(digest)) refuse(`timestamp ${at + 1}: it is there twice`);
    seen.add(digest);
  }
}

function verifyTimestamp(
  der: Uint8Array,
  authorities: readonly CertificateAuthority[],
  stamped: readonly Uint8Array[],
  work: CertificateWork,
): VerifiedTimestamp {
  const timestamp = parseTimestamp(der);
  const { imprint, seconds } = timestamp.info;
  if (!stamped.some((bytes) => sameBytes(hash(imprint.algorithm, bytes, "buffer"), imprint.value))) {
    refuse("it is of another signature");
  }
  const { digestAlgorithm, content, attributes } = timestamp;
  if (!sameBytes(hash(digestAlgorithm, content, "buffer"), attributes.messageDigest)) {
    refuse("what it says is not what was signed");
  }
  const faults: string[] = [];
  for (const authority of authorities) {
    try {
      requireStampOf(authority, timestamp, work);
      return { authority, seconds };
    } catch (caught) {
      faults.push(reasonOf(caught));
    }
  }
  return refuse(`it is of no trusted authority${faults.length === 0 ? "" : `: ${faults.join("; ")}`}`);
}

function requireStampOf(authority: CertificateAuthority, timestamp: Timestamp, work: CertificateWork): void {
  const { seconds } = timestamp.info;
  const certificate = certificateOf(authority, timestamp, work);
  if (!contains(authority.window, seconds)) {
    refuse(`the authority is not trusted at its time, ${momentText(seconds)}`);
  }
  const { algorithm, hash: named } = timestamp.attributes.certificate;
  if (!sameBytes(hash(algorithm, certificate.raw, "buffer"), named)) refuse("it names another certificate");
  requireStampingUsage(certificate);
  work.spend(1);
  const key = certificate.publicKey ?? refuse("its certificate's key is of no known kind");
  const fault = cryptographicFault(
    {
      tbs: timestamp.signedBytes,
      signature: timestamp.signature,
      signatureAlgorithm: algorithmOf(timestamp),
    },
    key,
  );
  if (fault !== undefined) refuse(`its signature does not verify: ${fault}`);
  const { roots, intermediates } = authority;
  refusing("its certificate: ", () =>
    verifyChain(certificate, { roots, intermediates, seconds, work }, timeStamping),
  );
}

const timeStamping = "1.3.6.1.5.5.7.3.8";
const extendedKeyUsage = "2.5.29.37";

/** The authority's own certificate, or, where the trusted root names none, the one that was sent along. */
function certificateOf(
  { leaf }: CertificateAuthority,
  { certificates, signer }: Timestamp,
  work: CertificateWork,
): Certificate {
  work.spend(certificates.length);
  const sent = certificates.map(rememberedCertificate).find((certificate) => isNamed(certificate, signer));
  if (leaf === undefined)
    return sent ?? refuse("it comes without its certificate, which the trusted root has not either");
  const trusted = rememberedCertificate(leaf);
  if (
    !isNamed(trusted, signer) ||
    (certificates.length > 0 && (sent === undefined || !sameBytes(sent.raw, leaf)))
  ) {
    refuse("its certificate is another one");
  }
  return trusted;
}

function isNamed({ issuer, serialNumber, facts }: Certificate, signer: Timestamp["signer"]): boolean {
  return signer.type === "serial"
    ? serialNumber === signer.serial && sameBytes(issuer, signer.issuer)
    : sameBytes(facts.subjectKeyId, signer.keyId);
}

/** RFC 3161 §2.3: for that, for nothing else, and critical. */
function requireStampingUsage({ facts, extensions }: Certificate): void {
  const isCritical = extensions.some(({ oid, critical }) => oid === extendedKeyUsage && critical);
  if (!isCritical || facts.extendedKeyUsages.length !== 1 || facts.extendedKeyUsages[0] !== timeStamping) {
    refuse("its certificate is not for timestamps alone");
  }
}

/** CMS may name the kind of key alone; the hash is then that of the attributes. */
function algorithmOf({ signatureAlgorithm, digestAlgorithm }: Timestamp): SignatureAlgorithm | undefined {
  return signatureAlgorithm.oid === "1.2.840.113549.1.1.1"
    ? { name: `${digestAlgorithm.toUpperCase()}-RSA`, keyType: "RSA", hash: digestAlgorithm, isPss: false }
    : signatureAlgorithmOf(signatureAlgorithm);
}
