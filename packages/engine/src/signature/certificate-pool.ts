import type { Certificate } from "./certificate.ts";

/** Certificates that may stand above another one, found by their subject. */
export interface CertificatePool {
  /** subject's bytes as Latin-1 → certificates, in the order they were given, each once */
  readonly bySubject: ReadonlyMap<string, readonly Certificate[]>;
}

export const emptyPool: CertificatePool = { bySubject: new Map() };

export function certificatePool(certificates: readonly Certificate[]): CertificatePool {
  const bySubject = new Map<string, Certificate[]>();
  for (const certificate of certificates) {
    const key = keyOf(certificate.subject);
    const sameSubject = bySubject.get(key) ?? [];
    if (!sameSubject.some(({ raw }) => sameBytes(raw, certificate.raw))) sameSubject.push(certificate);
    bySubject.set(key, sameSubject);
  }
  return { bySubject };
}

export function joinPools(first: CertificatePool, second: CertificatePool): CertificatePool {
  if (second.bySubject.size === 0) return first;
  if (first.bySubject.size === 0) return second;
  return certificatePool([...first.bySubject.values(), ...second.bySubject.values()].flat());
}

export function isInPool(pool: CertificatePool, certificate: Certificate): boolean {
  const sameSubject = pool.bySubject.get(keyOf(certificate.subject)) ?? [];
  return sameSubject.some(({ raw }) => sameBytes(raw, certificate.raw));
}

/**
 * Who might have signed `child`, most plausible first: matching key identifiers, then one side without, then
 * different ones. The order decides which failure is reported.
 */
export function potentialParents(pool: CertificatePool, child: Certificate): readonly Certificate[] {
  const candidates = pool.bySubject.get(keyOf(child.issuer)) ?? [];
  if (candidates.length < 2) return candidates;
  const wanted = child.facts.authorityKeyId;
  const rank = ({ facts: { subjectKeyId } }: Certificate): number => {
    if (sameBytes(subjectKeyId, wanted)) return 0;
    return subjectKeyId.length === 0 || wanted.length === 0 ? 1 : 2;
  };
  return [...candidates].sort((a, b) => rank(a) - rank(b));
}

export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && Buffer.compare(a, b) === 0;
}

function keyOf(name: Uint8Array): string {
  return Buffer.from(name.buffer, name.byteOffset, name.length).toString("latin1");
}
