import type { CertificateWork } from "../certificate-work.ts";
import { refuse } from "../invalid.ts";
import { signedData } from "./signed-data.ts";
import type { SignedEntity } from "./signed-entity.ts";
import type { TrustedRoot } from "./trusted-root.ts";
import type {
  Demands,
  VerificationQuestion,
  VerifiedEntity,
  VerifiedSigner,
  VerifiedTime,
} from "./verified-entity.ts";
import { verifyCertificate } from "./verify-certificate.ts";
import { type Claim, verifyClaim } from "./verify-claim.ts";
import { type VerifiedLogEntry, verifyLogEntries } from "./verify-log-entries.ts";
import { type VerifiedTimestamps, verifyTimestamps } from "./verify-timestamps.ts";

/**
 * Verifies that an entity was signed by whom the question expects, and that as many logs and timestamp authorities
 * vouch for it as are demanded. What it says, and which name in a certificate may sign, is for whoever asked to judge.
 * Source: sigstore/architecture-docs client-spec.md §4.
 * @throws CountersignError SIGNATURE_INVALID, saying which part was wrong
 */
export function verifyEntity(
  entity: SignedEntity,
  { signer: expected, trust, demands, artifact }: VerificationQuestion,
  work: CertificateWork,
): VerifiedEntity {
  const { content } = entity;
  const data = signedData(content, artifact);
  const claim = verifyClaim(entity, expected, data, work);
  const stamps = verifyTimestamps(entity.timestamps, trust.timestampAuthorities, stampable(entity), work);
  const stampTimes = stamps.verified.map(({ seconds }) => seconds);
  const entries = verifyLogEntries(entity.logEntries, trust.transparencyLogs, {
    good: { content, data, signer: claim },
    times: stampTimes.length > 0 ? stampTimes : [demands.now],
    work,
  });
  const logs = new Set(entries.map(({ log }) => Buffer.from(log.id).toString("hex"))).size;
  requireEnough(demands, logs, stamps);
  const times = timesOf(stamps, entries);
  if (claim.type === "key") return { signer: claim, content, times, logs };
  const accepted = times.length > 0 ? times : [timeNow(demands, stamps)];
  return { signer: verifySigner(claim, accepted, trust, demands, work), content, times: accepted, logs };
}

/** A signature's timestamp is over the signature; of attestations some clients have stamped the whole envelope. */
function stampable({ content }: SignedEntity): readonly Uint8Array[] {
  const stored = content.type === "envelope" ? content.stored : undefined;
  return stored === undefined ? [content.signature] : [content.signature, stored];
}

function requireEnough(demands: Demands, logs: number, stamps: VerifiedTimestamps): void {
  if (logs < demands.logs) {
    refuse(`${logs} trusted logs took the signature, ${demands.logs} are demanded`);
  }
  // one authority that a root lists for two periods is still one
  const authorities = new Set(stamps.verified.map(({ authority }) => authority.uri || authority)).size;
  if (authorities < demands.timestamps) {
    refuse(
      `${authorities} trusted authorities saw the signature, ${demands.timestamps} are demanded${why(stamps)}`,
    );
  }
}

function why({ faults }: VerifiedTimestamps): string {
  return faults.length === 0 ? "" : ` (${faults.join("; ")})`;
}

function timesOf(
  { verified }: VerifiedTimestamps,
  entries: readonly VerifiedLogEntry[],
): readonly VerifiedTime[] {
  return [
    ...verified.map(({ seconds }) => ({ source: "timestamp authority", seconds }) as const),
    ...entries.flatMap(({ time }) => (time === undefined ? [] : [{ source: "log", seconds: time } as const])),
  ];
}

/**
 * Without anybody who says when it was signed, a certificate must be valid now. Where somebody was to say so, and does
 * not, the moment is not known: a certificate that has long expired could sign whatever it liked.
 */
function timeNow({ logs, timestamps, now }: Demands, stamps: VerifiedTimestamps): VerifiedTime {
  if (logs > 0 || timestamps > 0) refuse(`nobody who is trusted says when it was signed${why(stamps)}`);
  return { source: "clock", seconds: now };
}

function verifySigner(
  { entity, certificate }: Claim & { readonly type: "certificate" },
  times: readonly VerifiedTime[],
  trust: TrustedRoot,
  { scts }: Demands,
  work: CertificateWork,
): VerifiedSigner {
  const moments = [...new Set(times.map(({ seconds }) => seconds))];
  return verifyCertificate(entity, certificate, { trust, times: moments, scts, work });
}
