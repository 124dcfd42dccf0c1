import type { FindSigner } from "./document-signature.ts";
import { type SigningKey, signingKeys } from "./key-validity.ts";
import type { Keyring } from "./keyring.ts";

/** A keyring's keys as they stand now. */
export interface CurrentKeys {
  /** whether there is any key at all; a primary key from the future is none */
  readonly isEmpty: boolean;
  readonly find: FindSigner;
  /** whether more than one key has this one as its subkey */
  isShared(signer: SigningKey): boolean;
}

/**
 * Looks first for the fingerprint that a signature names, then for its key id; of several keys the first in the ring.
 * Source: GnuPG g10/getkey.c, get_pubkey_for_sig.
 * @param now seconds since 1970
 */
export function currentKeys({ certificates }: Keyring, now: number): CurrentKeys {
  const present = certificates.filter(({ key }) => key.created <= now);
  const standing = present.map((certificate) => ({ certificate, keys: signingKeys(certificate, now) }));
  const able = new Set(standing.flatMap(({ keys }) => keys.map(({ key }) => key.fingerprint)));
  // a revoker's word counts if it may sign; whether it is itself revoked does not matter
  const keys = standing.flatMap(({ certificate: { revokers }, keys }) =>
    revokers.some(({ fingerprint, created }) => able.has(fingerprint) && created <= now)
      ? keys.map((key) => ({ ...key, isRevoked: true }))
      : keys,
  );
  return {
    isEmpty: present.length === 0,
    find: ({ issuerFingerprint, issuerKeyId }) =>
      keys.find(({ key }) => key.fingerprint === issuerFingerprint) ??
      keys.find(({ key }) => key.keyId === issuerKeyId),
    isShared: ({ key }) =>
      !present.some((certificate) => certificate.key.fingerprint === key.fingerprint) &&
      present.filter(({ subkeys }) => subkeys.some((subkey) => subkey.key.fingerprint === key.fingerprint))
        .length > 1,
  };
}
