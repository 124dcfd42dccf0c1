import { type KeyAlgorithm, usage } from "./algorithms.ts";
import type { Binding, Certificate, CertifiedUserId, Subkey } from "./certificate.ts";
import { isSameKey, type OpenPgpKey } from "./public-key.ts";
import { keyLifetime, keyUsage } from "./self-signature.ts";
import { type SignaturePacket, signatureType } from "./signature-packet.ts";

/** A key that signatures are checked with, and how it stands with it now. */
export interface SigningKey {
  readonly key: OpenPgpKey;
  /** itself, or the key that it is a subkey of */
  readonly primary: OpenPgpKey;
  readonly isExpired: boolean;
  readonly isRevoked: boolean;
  /** whether a subkey has agreed to be one; a primary key need not */
  readonly isCrossCertified: boolean;
}

/**
 * The keys of a certificate that may sign, as its owner's latest words have it: which of the self-signatures count, for
 * what they let each key be used, and until when. An expired or revoked one is among them: what it has signed is then
 * refused for that reason.
 * Source: GnuPG g10/getkey.c, merge_selfsigs_main, merge_selfsigs_subkey and finish_lookup.
 * @param now seconds since 1970
 */
export function signingKeys(certificate: Certificate, now: number): readonly SigningKey[] {
  const { key, directSignatures, userIds, subkeys, revocations } = certificate;
  const direct = latest(directSignatures.filter((signature) => !isOver(signature, now)));
  const names = userIds.filter(({ isLate }) => !isLate).flatMap((one) => currentWord(one, now));
  if (direct === undefined && names.length === 0) return [];
  const isRevoked = revocations.length > 0;
  const expires = expiry(key, direct && keyLifetime(direct)) ?? expiryByName(key, names);
  const primaryState = { isRevoked, isExpired: expires !== undefined && expires < now };
  const primaryUsage = (direct && keyUsage(direct)?.flags) ?? usageByName(names);
  const own: readonly SigningKey[] = mayBeUsedToSign(key.algorithm, primaryUsage)
    ? [{ key, primary: key, ...primaryState, isCrossCertified: true }]
    : [];
  // of a primary key that is its own subkey, gpg finds only the first
  const others = subkeys.filter((subkey) => !isSameKey(subkey.key, key));
  return [...own, ...others.flatMap((subkey) => signingSubkey(subkey, key, primaryState, now))];
}

function signingSubkey(
  { key, bindings, revocations }: Subkey,
  primary: OpenPgpKey,
  { isRevoked, isExpired }: Pick<SigningKey, "isRevoked" | "isExpired">,
  now: number,
): readonly SigningKey[] {
  const binding = latestBinding(bindings.filter(({ signature }) => !isOver(signature, now)));
  if (binding === undefined || !mayBeUsedToSign(key.algorithm, keyUsage(binding.signature)?.flags)) return [];
  const expires = expiry(key, keyLifetime(binding.signature));
  return [
    {
      key,
      primary,
      isExpired: isExpired || (expires !== undefined && expires < now),
      isRevoked: isRevoked || revocations.length > 0,
      isCrossCertified: binding.isCrossCertified,
    },
  ];
}

/** What the newest signature over a user id says, unless it takes the name back or is over itself. */
function currentWord({ signatures }: CertifiedUserId, now: number): readonly NameWord[] {
  const signature = latest(signatures);
  if (signature === undefined) return [];
  const isSilent = signature.type === signatureType.certificationRevocation || isOver(signature, now);
  if (isSilent) return [{ created: 0, flags: undefined, lifetime: undefined }];
  const { created } = signature;
  return [{ created, flags: keyUsage(signature)?.flags, lifetime: keyLifetime(signature) }];
}

interface NameWord {
  /** 0 for one that no longer says anything */
  readonly created: number;
  readonly flags: number | undefined;
  readonly lifetime: number | undefined;
}

function usageByName(names: readonly NameWord[]): number | undefined {
  return newestWord(names, ({ flags }) => flags !== undefined)?.flags;
}

function expiryByName(key: OpenPgpKey, names: readonly NameWord[]): number | undefined {
  return expiry(key, newestWord(names, ({ lifetime }) => lifetime !== undefined)?.lifetime);
}

/** Of words equally old, the first. */
function newestWord(names: readonly NameWord[], says: (name: NameWord) => boolean): NameWord | undefined {
  let newest: NameWord | undefined;
  for (const name of names) {
    if (says(name) && (newest === undefined || name.created > newest.created)) newest = name;
  }
  return newest;
}

/** Of signatures equally old, the last. */
function latest(signatures: readonly SignaturePacket[]): SignaturePacket | undefined {
  return signatures.reduce<SignaturePacket | undefined>(
    (last, next) => (last === undefined || next.created >= last.created ? next : last),
    undefined,
  );
}

function latestBinding(bindings: readonly Binding[]): Binding | undefined {
  const signature = latest(bindings.map((binding) => binding.signature));
  return bindings.find((binding) => binding.signature === signature);
}

/** As gpg adds them: in 32 bits. */
function expiry({ created }: OpenPgpKey, lifetime: number | undefined): number | undefined {
  return lifetime === undefined ? undefined : (created + lifetime) % 2 ** 32 || undefined;
}

/** A key that says nothing may do what its algorithm can. */
function mayBeUsedToSign(algorithm: KeyAlgorithm | undefined, flags: number | undefined): boolean {
  const allowed = algorithm?.allows ?? 0;
  return ((flags ?? allowed) & allowed & usage.sign) !== 0;
}

/** Whether a signature's own time is up. */
export function isOver({ expires }: SignaturePacket, now: number): boolean {
  return expires !== undefined && expires <= now;
}
