import { X509Certificate } from "node:crypto";
import { issueAuthority, issueServerCertificate, type KeyedCertificate } from "./issue-certificate.ts";

/** What replicas of the webhook share: who they say they are, and by whom API servers believe it. */
export interface WebhookCertificates {
  /** PEM, the newest first: all that API servers are to believe */
  readonly authorities: readonly string[];
  /** the newest one's private key */
  readonly authorityKey: string;
  readonly server: KeyedCertificate;
}

const hour = 3_600_000;
const day = 24 * hour;
/** A clock elsewhere may be behind. */
const headStart = hour;
const authorityLife = 365 * day;
const serverLife = 60 * day;
/** A new authority is believed by every API server before anybody relies on it. */
const introduction = hour;

/**
 * The certificates that should be used from now on; the very same object if nothing is due. An authority is replaced in
 * three steps that each leave a working state: it is believed beside the old one, then it issues the server's certificate,
 * then the old one is dropped as it ends.
 * @param now milliseconds since the epoch
 * @param current undefined if there are none, or none that can be read
 */
export function dueCertificates(
  current: WebhookCertificates | undefined,
  names: readonly string[],
  now: number,
): WebhookCertificates {
  const newest = current?.authorities[0];
  if (current === undefined || newest === undefined || endOf(newest) <= now) return anew(names, now);
  if (isDue(newest, now)) {
    const authority = newAuthority(now);
    return {
      ...current,
      authorities: [authority.certificate, ...living(current.authorities, now)],
      authorityKey: authority.key,
    };
  }
  const { server } = current;
  const isIntroduced = now - beginOf(newest) >= headStart + introduction;
  const isOfNewest = issuedBy(server.certificate, newest);
  const isBelieved = current.authorities.some((one) => issuedBy(server.certificate, one));
  const isServing = isBelieved && endOf(server.certificate) > now && hasNames(server.certificate, names);
  if (!isServing || (isIntroduced && (!isOfNewest || isDue(server.certificate, now)))) {
    return { ...current, server: newServer(names, newest, current.authorityKey, now) };
  }
  const alive = living(current.authorities, now);
  return alive.length === current.authorities.length ? current : { ...current, authorities: alive };
}

/** When the next step may be due, at most; milliseconds since the epoch. */
export const lookAgainAfterMs: number = hour;

function anew(names: readonly string[], now: number): WebhookCertificates {
  const { certificate, key } = newAuthority(now);
  return {
    authorities: [certificate],
    authorityKey: key,
    server: newServer(names, certificate, key, now),
  };
}

function newAuthority(now: number): KeyedCertificate {
  const name = `countersign-webhook-ca ${new Date(now).toISOString()}`;
  return issueAuthority(name, { from: now - headStart, until: now + authorityLife });
}

function newServer(names: readonly string[], authority: string, key: string, now: number): KeyedCertificate {
  const name = new X509Certificate(authority).subject.replace(/^CN=/, "");
  const until = Math.min(now + serverLife, endOf(authority));
  return issueServerCertificate(
    names,
    { from: now - headStart, until },
    { certificate: authority, key, name },
  );
}

/** Two thirds of its life are over. */
function isDue(certificate: string, now: number): boolean {
  const [from, until] = [beginOf(certificate), endOf(certificate)];
  return now >= from + ((until - from) * 2) / 3;
}

function living(authorities: readonly string[], now: number): readonly string[] {
  return authorities.filter((one) => endOf(one) > now);
}

function issuedBy(certificate: string, authority: string): boolean {
  const issuer = new X509Certificate(authority);
  const issued = new X509Certificate(certificate);
  return issued.checkIssued(issuer) && issued.verify(issuer.publicKey);
}

function hasNames(certificate: string, names: readonly string[]): boolean {
  const parsed = new X509Certificate(certificate);
  return names.every((name) => parsed.checkHost(name) !== undefined);
}

function beginOf(certificate: string): number {
  return new X509Certificate(certificate).validFromDate.getTime();
}

function endOf(certificate: string): number {
  return new X509Certificate(certificate).validToDate.getTime();
}
