import type { Certificate } from "../certificate.ts";
import { sameBytes } from "../certificate-pool.ts";
import type { CertificateWork } from "../certificate-work.ts";
import { ecdsaVerifies, rsaSignatureFault } from "../check-signature.ts";
import { refuse, refusing } from "../invalid.ts";
import { keyHash } from "../key-hash.ts";
import type { PublicKey } from "../public-key.ts";
import { momentText } from "./moment.ts";
import { promisedBytes, readScts, type SignedCertificateTimestamp } from "./signed-certificate-timestamp.ts";
import type { TransparencyLog } from "./trusted-root.ts";
import { contains } from "./validity-window.ts";

/**
 * How many trusted certificate logs promised to show the certificate. Those of other logs are passed over; one that a
 * trusted log is made out to have given must be genuine. No log promises twice.
 * Source: RFC 6962 §3, sigstore/architecture-docs client-spec.md §4.3.
 * @param issuers who may have issued it; mostly one
 * @throws CountersignError SIGNATURE_INVALID, naming the SCT, counted from 1
 */
export function countScts(
  certificate: Certificate,
  issuers: readonly Certificate[],
  logs: readonly TransparencyLog[],
  work: CertificateWork,
): number {
  const keyHashes = issuers.map((issuer) => keyHash(issuer, issuer.publicKeyInfo));
  const scts = readScts(certificate);
  refuseDoubled(scts);
  const promised = new Set<string>();
  for (const [at, sct] of scts.entries()) {
    const candidates = logs.filter(({ id }) => sameBytes(id, sct.logId));
    if (candidates.length === 0) continue;
    work.spend(1);
    refusing(`SCT ${at + 1}: `, () => requireSct(sct, certificate, keyHashes, candidates));
    promised.add(Buffer.from(sct.logId).toString("hex"));
  }
  return promised.size;
}

/** As sigstore-js does: a log that is named twice would be counted as two. */
function refuseDoubled(scts: readonly SignedCertificateTimestamp[]): void {
  const seen = new Set<string>();
  for (const [at, { logId }] of scts.entries()) {
    const id = Buffer.from(logId).toString("hex");
    if (seen.has(id)) refuse(`SCT ${at + 1}: its log has promised already`);
    seen.add(id);
  }
}

function requireSct(
  sct: SignedCertificateTimestamp,
  certificate: Certificate,
  issuerKeyHashes: readonly Uint8Array[],
  logs: readonly TransparencyLog[],
): void {
  const seconds = Number(sct.timestamp) / 1000;
  const log =
    logs.find(({ window }) => contains(window, seconds)) ??
    refuse(`its log's key is not valid at its time, ${momentText(seconds)}`);
  const isGenuine = issuerKeyHashes.some((keyHash) =>
    isSctBy(log.key, sct, promisedBytes(sct, certificate, keyHash)),
  );
  if (!isGenuine) refuse("its signature does not verify");
}

/** RFC 6962 §2.1.4 knows ECDSA on P-256 and RSA, both with SHA-256. */
function isSctBy(
  key: PublicKey,
  { algorithms, signature }: SignedCertificateTimestamp,
  bytes: Uint8Array,
): boolean {
  if (algorithms.hash !== sha256) return false;
  if (key.type === "ecdsa") {
    return algorithms.signature === ecdsa && ecdsaVerifies(key, "sha256", bytes, signature);
  }
  return (
    key.type === "rsa" &&
    algorithms.signature === rsa &&
    rsaSignatureFault(key, "sha256", bytes, signature) === undefined
  );
}

const sha256 = 4;
const rsa = 1;
const ecdsa = 3;
