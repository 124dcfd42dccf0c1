import { signatureFault } from "./check-signature.ts";
import type { KeyPart, Subject, UserId } from "./key-block.ts";
import type { KeyringWork } from "./keyring-work.ts";
import { collapse, place } from "./place-signatures.ts";
import type { OpenPgpKey } from "./public-key.ts";
import { embeddedSignatures, isExportable, predates } from "./self-signature.ts";
import { type SignaturePacket, signatureType } from "./signature-packet.ts";
import { verifiesOver } from "./verifies-over.ts";

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
