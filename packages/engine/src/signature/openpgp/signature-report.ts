import { quote } from "../../values/go-format.ts";
import { keyAlgorithm } from "./algorithms.ts";
import type { SignaturePacket } from "./signature-packet.ts";

/** What gpgme tells of one signature (its gpgme_signature_t), as far as containers/image prints it. */
export interface SignatureReport {
  /** of the key that signed; before that is known, whatever the signature says */
  readonly fingerprint: string;
  readonly status: SignatureStatus;
  /** seconds since 1970 */
  readonly created: number;
  readonly expires: number;
  /** gpgme's number */
  readonly keyAlgorithm: number;
  readonly hashAlgorithm: number;
}

/** libgpg-error's value: gpgme's own, with its source, or a bare code from gpg. 0: the signature is good. */
export type SignatureStatus = number;

export const status = {
  good: 0,
  bad: 0x7000008,
  noData: 0x700003a,
  keyRevoked: 0x700005e,
  keyExpired: 0x7000099,
  signatureExpired: 0x700009a,
} as const;

/** A signature that gpg has verified, whatever else is wrong with it. */
export function verifiedReport(
  { created, expires, keyAlgorithmId, hashAlgorithmId }: SignaturePacket,
  fingerprint: string,
  status: SignatureStatus,
): SignatureReport {
  return {
    fingerprint,
    status,
    created,
    expires: expires ?? 0,
    keyAlgorithm: keyAlgorithm(keyAlgorithmId)?.gpgme ?? 0,
    hashAlgorithm: hashAlgorithmId,
  };
}

/** One that does not verify: gpg tells no more of it. */
export function badReport({ issuerKeyId }: SignaturePacket): SignatureReport {
  return {
    fingerprint: issuerKeyId,
    status: status.bad,
    created: 0,
    expires: 0,
    keyAlgorithm: 0,
    hashAlgorithm: 0,
  };
}

/** One that could not be checked. */
export function uncheckedReport(signature: SignaturePacket, code: number): SignatureReport {
  const { issuerFingerprint, issuerKeyId } = signature;
  return { ...verifiedReport(signature, issuerFingerprint ?? issuerKeyId, code), expires: 0 };
}

/**
 * containers/image's reason for a signature that is not good: Go's `%#v` of gpgme.Signature. Dates are in UTC; Go
 * prints them in the time zone of the machine.
 */
export function reportText(report: SignatureReport): string {
  const fields = [
    `Summary:${summary(report.status)}`,
    `Fingerprint:${quote(report.fingerprint)}`,
    `Status:gpgme.Error{err:0x${report.status.toString(16)}}`,
    `Timestamp:${goTime(report.created)}`,
    `ExpTimestamp:${goTime(report.expires)}`,
    "WrongKeyUsage:false",
    "PKATrust:0x0",
    "ChainModel:false",
    "Validity:0",
    "ValidityReason:error(nil)",
    `PubkeyAlgo:${report.keyAlgorithm}`,
    `HashAlgo:${report.hashAlgorithm}`,
  ];
  return `Invalid GPG signature: gpgme.Signature{${fields.join(", ")}}`;
}

/** gpgme's gpgme_sigsum_t. */
function summary(code: number): number {
  switch (code & 0xffff) {
    case 0x8:
      return 0x4;
    case 0x5e:
      return 0x10;
    case 0x99:
      return 0x20;
    case 0x9a:
      return 0x40;
    case 0x9:
      return 0x80;
    default:
      return 0x800;
  }
}

const months = [
  ...["January", "February", "March", "April", "May", "June", "July"],
  ...["August", "September", "October", "November", "December"],
];

/** `%#v` of a Go time. */
function goTime(seconds: number): string {
  const at = new Date(seconds * 1000);
  const [hour, minute, second] = [at.getUTCHours(), at.getUTCMinutes(), at.getUTCSeconds()];
  return `time.Date(${at.getUTCFullYear()}, time.${months[at.getUTCMonth()]}, ${at.getUTCDate()}, ${hour}, ${minute}, ${second}, 0, time.Local)`;
}
