import { type Binding, type Certificate, type CertifiedUserId, certify, type Subkey } from "./certificate.ts";
import { type KeyBlock, readKeyBlocks } from "./key-block.ts";
import { type KeyringWork, keyringWork } from "./keyring-work.ts";
import { identityOf, signatureIdentity } from "./place-signatures.ts";
import type { OpenPgpKey } from "./public-key.ts";
import { predates, revokers } from "./self-signature.ts";
import type { SignaturePacket } from "./signature-packet.ts";
import { verifiesOver } from "./verifies-over.ts";

/** Every key that a requirement trusts; all files together, as gpg has them after importing one by one. */
export interface Keyring {
  readonly certificates: readonly TrustedCertificate[];
}

export interface TrustedCertificate extends Certificate {
  /** keys that this one has named for it, and that have revoked it */
  readonly revokers: readonly OpenPgpKey[];
}

/**
 * Imports key files. One that holds nothing usable adds nothing.
 * Source: GnuPG g10/import.c, import_one, import_revoke_cert and merge_blocks. As Debian's gpg, a block without a
 * valid user id is taken in if its key is known already.
 * @throws CountersignError TRUST_MATERIAL_INVALID if there are too many signatures in it
 */
export function importKeys(files: readonly Uint8Array[]): Keyring {
  const work = keyringWork();
  const ring: Ring = new Map();
  for (const file of files) {
    for (const block of readKeyBlocks(file, work)) {
      if (!importBlock(ring, block, work)) break;
    }
  }
  const certificates = [...ring.values()];
  return {
    certificates: certificates.map((one) => ({ ...one, revokers: revokersOf(one, certificates, work) })),
  };
}

/** by fingerprint, in the order of import */
type Ring = Map<string, Certificate>;

/** @returns false where gpg reads no more of the file */
function importBlock(ring: Ring, block: KeyBlock, work: KeyringWork): boolean {
  if (block.type === "revocation") return importRevocation(ring, block.signature, work);
  const certified = certify(block.parts, (keyId) => findKey([...ring.values()], keyId), work);
  if (certified === undefined) return true;
  const { certificate, strayRevocations } = certified;
  if (certificate.userIds.some(isTooLongToKeep)) return false;
  const { fingerprint } = certificate.key;
  const known = ring.get(fingerprint);
  if (known !== undefined) ring.set(fingerprint, merge(known, certificate));
  else if (certificate.userIds.length > 0) ring.set(fingerprint, certificate);
  // of other keys: a revocation counts in whichever block it comes, even in one that is not taken in
  for (const signature of strayRevocations) importRevocation(ring, signature, work);
  return true;
}

/** gpg reads user ids of 2048 octets, but cannot write them. */
function isTooLongToKeep({ userId }: CertifiedUserId): boolean {
  return !userId.isAttribute && userId.octets.length > 2038;
}

function importRevocation(ring: Ring, signature: SignaturePacket, work: KeyringWork): boolean {
  const owner = findOwner([...ring.values()], signature.issuerKeyId);
  if (owner === undefined) return true;
  const { key } = owner;
  if (!verifiesOver(signature, key, key, { type: "primary", key }, work)) return false;
  if (predates(signature, key)) return false;
  ring.set(key.fingerprint, { ...owner, revocations: [signature, ...owner.revocations] });
  return true;
}

function findOwner(certificates: readonly Certificate[], keyId: string): Certificate | undefined {
  return certificates.find((certificate) => keysOf(certificate).some((key) => key.keyId === keyId));
}

function findKey(certificates: readonly Certificate[], keyId: string): OpenPgpKey | undefined {
  const owner = findOwner(certificates, keyId);
  return owner && keysOf(owner).find((key) => key.keyId === keyId);
}

function keysOf({ key, subkeys }: Certificate): readonly OpenPgpKey[] {
  return [key, ...subkeys.map((subkey) => subkey.key)];
}

/** What the later file says more. */
function merge(old: Certificate, more: Certificate): Certificate {
  return {
    key: old.key,
    directSignatures: [
      ...unknown(more.directSignatures, old.directSignatures).toReversed(),
      ...old.directSignatures,
    ],
    revocations: [...unknown(more.revocations, old.revocations), ...old.revocations],
    foreignRevocations: [
      ...old.foreignRevocations,
      ...unknown(more.foreignRevocations, old.foreignRevocations),
    ],
    userIds: mergeUserIds(old.userIds, more.userIds),
    subkeys: mergeSubkeys(old.subkeys, more.subkeys),
  };
}

function mergeUserIds(
  old: readonly CertifiedUserId[],
  more: readonly CertifiedUserId[],
): readonly CertifiedUserId[] {
  const merged = new Map(old.map((one) => [identityOf(one.userId), one]));
  for (const one of more) {
    const identity = identityOf(one.userId);
    const known = merged.get(identity)?.signatures ?? [];
    merged.set(identity, {
      userId: one.userId,
      signatures: [...known, ...unknown(one.signatures, known)],
      isLate: merged.get(identity)?.isLate ?? false,
    });
  }
  return [...merged.values()];
}

function mergeSubkeys(old: readonly Subkey[], more: readonly Subkey[]): readonly Subkey[] {
  const merged = new Map(old.map((one) => [one.key.fingerprint, one]));
  for (const one of more) {
    const known = merged.get(one.key.fingerprint);
    merged.set(one.key.fingerprint, known === undefined ? one : mergeSubkey(known, one));
  }
  return [...merged.values()];
}

/** Only what is newer is new. */
function mergeSubkey(old: Subkey, more: Subkey): Subkey {
  const isNewer = ({ created }: SignaturePacket, than: readonly SignaturePacket[]) =>
    than.every((signature) => created > signature.created);
  const bound = old.bindings.map(({ signature }) => signature);
  return {
    key: old.key,
    bindings: [
      ...old.bindings,
      ...more.bindings.filter(({ signature }: Binding) => isNewer(signature, bound)),
    ],
    revocations: [
      ...old.revocations,
      ...more.revocations.filter((signature) => isNewer(signature, old.revocations)),
    ],
  };
}

function unknown(
  more: readonly SignaturePacket[],
  known: readonly SignaturePacket[],
): readonly SignaturePacket[] {
  const identities = new Set(known.map(signatureIdentity));
  return more.filter((signature) => !identities.has(signatureIdentity(signature)));
}

/** Whom the key has named, and whose revocation verifies. */
function revokersOf(
  { key, directSignatures, foreignRevocations }: Certificate,
  certificates: readonly Certificate[],
  work: KeyringWork,
): readonly OpenPgpKey[] {
  const named = new Set(directSignatures.flatMap(revokers).map(keyIdOf));
  return foreignRevocations.flatMap((signature) => {
    const revoker = named.has(signature.issuerKeyId)
      ? findKey(certificates, signature.issuerKeyId)
      : undefined;
    if (revoker === undefined || predates(signature, revoker)) return [];
    return verifiesOver(signature, revoker, key, { type: "primary", key }, work) ? [revoker] : [];
  });
}

function keyIdOf(fingerprint: string): string {
  return fingerprint.length === 64 ? fingerprint.slice(0, 16) : fingerprint.slice(-16);
}
