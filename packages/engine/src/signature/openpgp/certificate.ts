import { isSupported } from "./algorithms.ts";
import { signatureFault } from "./check-signature.ts";
import type { KeyPart, Subject, UserId } from "./key-block.ts";
import type { KeyringWork } from "./keyring-work.ts";
import { bigEndian, significant } from "./octets.ts";
import type { OpenPgpKey } from "./public-key.ts";
import {
  embeddedSignatures,
  isCertification,
  isExportable,
  predates,
  type SignaturePacket,
  signatureType,
} from "./signature-packet.ts";

/** A key and what it has said of itself: every signature here verifies, except the foreign revocations. */
export interface Certificate {
  readonly key: OpenPgpKey;
  readonly directSignatures: readonly SignaturePacket[];
  readonly revocations: readonly SignaturePacket[];
  /** made by other keys; they count if this key has said that those may */
  readonly foreignRevocations: readonly SignaturePacket[];
  readonly userIds: readonly CertifiedUserId[];
  readonly subkeys: readonly Subkey[];
}

export interface CertifiedUserId {
  readonly userId: UserId;
  /** certifications and revocations, in order */
  readonly signatures: readonly SignaturePacket[];
  /** behind a subkey, where gpg no longer looks for what it says of the key */
  readonly isLate: boolean;
}

export interface Subkey {
  readonly key: OpenPgpKey;
  readonly bindings: readonly Binding[];
  readonly revocations: readonly SignaturePacket[];
}

export interface Binding {
  readonly signature: SignaturePacket;
  /** whether the subkey has agreed, with a signature of its own inside */
  readonly isCrossCertified: boolean;
}

export interface CertifiedBlock {
  readonly certificate: Certificate;
  /** perhaps of other keys than this one */
  readonly strayRevocations: readonly SignaturePacket[];
}

/**
 * Keeps of a key block what its primary key vouches for, as gpg does when it imports. A signature counts for the part
 * that it verifies over, wherever it stands.
 * Source: GnuPG g10/import.c, chk_self_sigs and delete_inv_parts; g10/key-check.c.
 * @param keyOf finds a key that has been imported before
 * @returns undefined if gpg drops the block: it holds a certification, by the key itself, of nothing
 */
export function certify(
  parts: readonly [KeyPart, ...KeyPart[]],
  keyOf: (keyId: string) => OpenPgpKey | undefined,
  work: KeyringWork,
): CertifiedBlock | undefined {
  const { subject } = parts[0];
  if (subject.type !== "primary") return undefined;
  const { key } = subject;
  const placed = place(key, collapse(parts), work);
  if (placed === undefined) return undefined;
  const userIds: CertifiedUserId[] = [];
  const subkeys: Subkey[] = [];
  const direct: SignaturePacket[] = [];
  const strayRevocations: SignaturePacket[] = [];
  const foreignRevocations: SignaturePacket[] = [];
  let hasUserId = false;
  for (const { subject: part, own, foreign } of placed) {
    if (part.type === "userId") {
      if (own.length > 0)
        userIds.push({ userId: part, signatures: own.filter(isExportable), isLate: subkeys.length > 0 });
      hasUserId = true;
    } else if (part.type === "subkey") {
      const subkey = bindSubkey(key, part.key, own, work);
      if (subkey !== undefined) subkeys.push(subkey);
    } else direct.push(...own.filter(isExportable));
    for (const signature of foreign) {
      if (signature.type !== signatureType.keyRevocation || !isExportable(signature)) continue;
      const signer = hasUserId ? keyOf(signature.issuerKeyId) : undefined;
      const isOfThisKey =
        !hasUserId || (signer !== undefined && verifiesOver(signature, signer, key, subject, work));
      if (isOfThisKey) foreignRevocations.push(signature);
      if (!isDropped(part, own)) strayRevocations.push(signature);
    }
  }
  const directSignatures = direct.filter(({ type }) => type === signatureType.directKey);
  const revocations = direct.filter(({ type }) => type === signatureType.keyRevocation);
  const certificate = { key, directSignatures, revocations, foreignRevocations, userIds, subkeys };
  return { certificate, strayRevocations };
}

/** gpg forgets a part that nothing vouches for, and all below it. */
function isDropped({ type }: Subject, own: readonly SignaturePacket[]): boolean {
  if (type === "primary") return false;
  return own.length === 0;
}

/** Whether a signature by `signer` verifies over `subject`, a part of `primary`'s certificate. */
export function verifiesOver(
  signature: SignaturePacket,
  signer: OpenPgpKey,
  primary: OpenPgpKey,
  subject: Subject,
  work: KeyringWork,
): boolean {
  if (!isAbout(signature, subject) || !isSupported(signature.keyAlgorithmId)) return false;
  work.verifySignature();
  const octets = Buffer.concat([primary.hashed, subjectOctets(subject, signature)]);
  return signatureFault(signature, signer, { octets }) === undefined;
}

function isAbout({ type }: SignaturePacket, subject: Subject): boolean {
  switch (subject.type) {
    case "primary":
      return type === signatureType.directKey || type === signatureType.keyRevocation;
    case "subkey":
      return type === signatureType.subkeyBinding || type === signatureType.subkeyRevocation;
    case "userId":
      return (type >= 0x10 && type <= 0x13) || type === signatureType.certificationRevocation;
  }
}

function subjectOctets(subject: Subject, { version }: SignaturePacket): Uint8Array {
  switch (subject.type) {
    case "primary":
      return new Uint8Array();
    case "subkey":
      return subject.key.hashed;
    case "userId": {
      const { octets, isAttribute } = subject;
      if (version < 4) return octets;
      return Buffer.concat([bigEndian(isAttribute ? 0xd1 : 0xb4, 1), bigEndian(octets.length, 4), octets]);
    }
  }
}

interface PlacedPart {
  readonly subject: Subject;
  /** by the primary key, and they verify */
  readonly own: readonly SignaturePacket[];
  readonly foreign: readonly SignaturePacket[];
}

function place(
  key: OpenPgpKey,
  parts: readonly KeyPart[],
  work: KeyringWork,
): readonly PlacedPart[] | undefined {
  const own = parts.map((): SignaturePacket[] => []);
  const moved = parts.map((): SignaturePacket[] => []);
  for (const [at, here] of parts.entries()) {
    const claimed = here.signatures.filter(({ issuerKeyId }) => issuerKeyId === key.keyId);
    for (const signature of lastOfEach(claimed)) {
      const holds = ({ subject }: KeyPart) => verifiesOver(signature, key, key, subject, work);
      const target = holds(here) ? at : parts.findIndex((part) => part !== here && holds(part));
      if (target < 0 && isAboutUserId(signature) && !hasUserId(parts.slice(0, at + 1))) return undefined;
      if (target < 0 || predates(signature, key)) continue;
      if (target === at) own[target]?.push(signature);
      else moved[target]?.unshift(signature);
    }
  }
  return parts.map(({ subject, signatures }, at) => ({
    subject,
    own: lastOfEach([...(moved[at] ?? []), ...(own[at] ?? [])]),
    foreign: signatures.filter(({ issuerKeyId }) => issuerKeyId !== key.keyId),
  }));
}

/** The same text for what is one signature: by the same key, and the same numbers. */
export function signatureIdentity({ issuerKeyId, keyAlgorithmId, numbers }: SignaturePacket): string {
  const texts = numbers.map((number) => Buffer.from(significant(number)).toString("hex"));
  return [issuerKeyId, keyAlgorithmId, ...texts].join(" ");
}

function firstOfEach(signatures: readonly SignaturePacket[]): readonly SignaturePacket[] {
  return lastOfEach(signatures.toReversed()).toReversed();
}

function lastOfEach(signatures: readonly SignaturePacket[]): readonly SignaturePacket[] {
  const last = new Map(signatures.map((signature) => [signatureIdentity(signature), signature]));
  return signatures.filter((signature) => last.get(signatureIdentity(signature)) === signature);
}

function isAboutUserId(signature: SignaturePacket): boolean {
  return isCertification(signature) || signature.type === signatureType.certificationRevocation;
}

function hasUserId(parts: readonly KeyPart[]): boolean {
  return parts.some(({ subject }) => subject.type === "userId");
}

/** Of a part that comes again, the later signatures come first. */
function collapse(parts: readonly KeyPart[]): readonly KeyPart[] {
  const byIdentity = new Map<string, KeyPart>();
  for (const part of parts) {
    const identity = identityOf(part.subject);
    const known = byIdentity.get(identity);
    const signatures =
      known === undefined ? part.signatures : firstOfEach([...part.signatures, ...known.signatures]);
    byIdentity.set(identity, { subject: part.subject, signatures });
  }
  return [...byIdentity.values()];
}

/** The same text for what gpg takes for the same user id or key. */
export function identityOf(subject: Subject): string {
  if (subject.type !== "userId") return `${subject.type} ${subject.key.fingerprint}`;
  return `${subject.isAttribute ? "attribute" : "name"} ${Buffer.from(subject.octets).toString("hex")}`;
}

/** The newest binding and the newest revocation count; undefined if there is neither. */
function bindSubkey(
  primary: OpenPgpKey,
  key: OpenPgpKey,
  own: readonly SignaturePacket[],
  work: KeyringWork,
): Subkey | undefined {
  const newest = (type: number) =>
    own
      .filter((signature) => signature.type === type)
      .reduce<SignaturePacket | undefined>(
        (last, next) => (last === undefined || next.created >= last.created ? next : last),
        undefined,
      );
  const binding = newest(signatureType.subkeyBinding);
  const revocation = newest(signatureType.subkeyRevocation);
  if (binding === undefined && revocation === undefined) return undefined;
  return {
    key,
    bindings: [binding].flatMap((signature) =>
      signature !== undefined && isExportable(signature)
        ? [{ signature, isCrossCertified: agrees(primary, key, signature, work) }]
        : [],
    ),
    // one that nothing binds may be bound in another file
    revocations: revocation !== undefined && isExportable(revocation) ? [revocation] : [],
  };
}

/** Otherwise anybody could claim another's signing key as a subkey of his own, and with it its signatures. */
function agrees(primary: OpenPgpKey, key: OpenPgpKey, binding: SignaturePacket, work: KeyringWork): boolean {
  let newest: SignaturePacket | undefined;
  for (const signature of embeddedSignatures(binding)) {
    if (signature.created > (newest?.created ?? 0)) newest = signature;
  }
  if (newest === undefined || predates(newest, key)) return false;
  work.verifySignature();
  const octets = Buffer.concat([primary.hashed, key.hashed]);
  return signatureFault(newest, key, { octets }) === undefined;
}
