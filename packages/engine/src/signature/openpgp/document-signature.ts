import { hashAlgorithm, isSupported } from "./algorithms.ts";
import { type Fault, fault, type SignedData, signatureFault } from "./check-signature.ts";
import { isOver, type SigningKey } from "./key-validity.ts";
import { predates } from "./self-signature.ts";
import { type SignaturePacket, signatureType } from "./signature-packet.ts";
import {
  badReport,
  type SignatureReport,
  status,
  uncheckedReport,
  verifiedReport,
} from "./signature-report.ts";

/** Finds the key that a signature says it is by, among those that may sign. */
export type FindSigner = (signature: SignaturePacket) => SigningKey | undefined;

export interface DocumentToCheck {
  readonly data: SignedData;
  /** numbers of the hash algorithms that the message has announced */
  readonly hashes: ReadonlySet<number>;
}

export interface CheckedSignature {
  readonly report: SignatureReport;
  /** whose it is, if it is good */
  readonly signer: SigningKey | undefined;
}

/**
 * Checks a signature over a document as gpg --verify does: the mathematics, and then what the signature and its key
 * say of their time.
 * Source: GnuPG g10/mainproc.c, do_check_sig and check_sig_and_print; g10/sig-check.c, check_signature.
 * @param document undefined if the message holds none
 * @param now seconds since 1970
 */
export function checkDocumentSignature(
  signature: SignaturePacket,
  document: DocumentToCheck | undefined,
  findSigner: FindSigner,
  now: number,
): CheckedSignature {
  const unusable = faultBeforeKey(signature, document);
  const signer = findSigner(signature);
  const code =
    unusable ?? (signer === undefined ? fault.noKey : faultWithKey(signature, signer, document, now));
  if (code === fault.bad) return { report: badReport(signature), signer: undefined };
  if (code !== undefined || signer === undefined) {
    return { report: uncheckedReport(signature, code ?? fault.noKey), signer: undefined };
  }
  const standing = standingOf(signature, signer, now);
  const report = verifiedReport(signature, signer.key.fingerprint, standing);
  return { report, signer: standing === status.good ? signer : undefined };
}

function faultBeforeKey(
  { type, hashAlgorithmId, keyAlgorithmId }: SignaturePacket,
  document: DocumentToCheck | undefined,
): Fault | undefined {
  if (hashAlgorithm(hashAlgorithmId) === undefined) return fault.hashAlgorithm;
  if (type === signatureType.keyRevocation) return fault.notProcessed;
  if (type !== signatureType.binary && type !== signatureType.text) return fault.signatureType;
  if (!isSupported(keyAlgorithmId)) return fault.keyAlgorithm;
  return document?.hashes.has(hashAlgorithmId) === true ? undefined : fault.general;
}

function faultWithKey(
  signature: SignaturePacket,
  { key, isCrossCertified }: SigningKey,
  document: DocumentToCheck | undefined,
  now: number,
): Fault | undefined {
  if (document === undefined) return fault.general;
  if (predates(signature, key) || key.created > now) return fault.timeConflict;
  return signatureFault(signature, key, document.data) ?? (isCrossCertified ? undefined : fault.general);
}

/** The first of its ends that has come. */
function standingOf(
  signature: SignaturePacket,
  { isExpired, isRevoked }: SigningKey,
  now: number,
): SignatureReport["status"] {
  if (isOver(signature, now)) return status.signatureExpired;
  if (isExpired) return status.keyExpired;
  return isRevoked ? status.keyRevoked : status.good;
}
