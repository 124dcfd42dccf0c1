import { hash, type KeyObject, verify } from "node:crypto";
import { derTag } from "../der.ts";
import { encodeDer, encodeUnsignedInteger } from "../der-write.ts";
import { type HashAlgorithm, hashAlgorithm } from "./algorithms.ts";
import { verifiesDsa } from "./dsa.ts";
import { bigEndian, bitLength, padded } from "./octets.ts";
import { edwardsSize, keyObject, type OpenPgpKey } from "./public-key.ts";
import type { SignaturePacket } from "./signature-packet.ts";

/** What a signature was made over, besides what its own packet says. */
export interface SignedData {
  readonly octets: Uint8Array;
  /** of a literal packet: its mode, name and date, which a version 5 signature covers too */
  readonly literalHead?: Uint8Array;
}

/** gpg's reasons (libgpg-error's codes) for a signature that does not verify. */
export const fault = {
  general: 1,
  keyAlgorithm: 4,
  hashAlgorithm: 5,
  bad: 8,
  noKey: 9,
  badNumber: 30,
  signatureType: 32,
  timeConflict: 39,
  notProcessed: 52,
} as const;

export type Fault = (typeof fault)[keyof typeof fault];

/**
 * Verifies the mathematics of a signature, and that nothing critical in it is unknown.
 * Source: GnuPG g10/sig-check.c, check_signature_end_simple; g10/seskey.c, encode_md_value.
 * @returns undefined if it verifies
 */
export function signatureFault(
  signature: SignaturePacket,
  key: OpenPgpKey,
  data: SignedData,
): Fault | undefined {
  const algorithm = hashAlgorithm(signature.hashAlgorithmId);
  if (algorithm === undefined || algorithm.weak) return fault.hashAlgorithm;
  if (isHashTooShort(key, algorithm)) return fault.general;
  // the key's algorithm counts, whatever the signature says, as long as it has the numbers for it
  if (signature.numbers.length < (key.algorithm?.signatureNumbers ?? 0)) return fault.badNumber;
  if (!verifies(signature, key, algorithm, hashedOctets(signature, data))) return fault.bad;
  return signature.hashed.isUnderstood && signature.unhashed.isUnderstood ? undefined : fault.bad;
}

/** Data, then the signature's own hashed part, then a trailer that keeps the two apart (RFC 4880 section 5.2.4). */
function hashedOctets({ version, hashedPart }: SignaturePacket, { octets, literalHead }: SignedData): Buffer {
  if (version < 4) return Buffer.concat([octets, hashedPart]);
  const length = bigEndian(hashedPart.length, 4);
  const mark = Buffer.from([version, 0xff]);
  const trailer =
    version === 4 ? [mark, length] : [literalHead ?? new Uint8Array(), mark, Buffer.alloc(4), length];
  return Buffer.concat([octets, hashedPart, ...trailer]);
}

/** DSA and ECDSA sign as much of a hash as their group has bits; gpg takes none that has fewer. */
function isHashTooShort({ algorithm, numbers }: OpenPgpKey, { size }: HashAlgorithm): boolean {
  const [, second = new Uint8Array()] = numbers;
  switch (algorithm?.type) {
    case "dsa": {
      const bits = bitLength(second);
      return bits % 8 !== 0 || bits < 160 || size < bits / 8;
    }
    case "ecdsa":
      return size < Math.min((second.length - 1) / 2, 64);
    default:
      return false;
  }
}

function verifies(
  { numbers }: SignaturePacket,
  key: OpenPgpKey,
  { name }: HashAlgorithm,
  octets: Uint8Array,
): boolean {
  const object = keyObject(key);
  const [first = new Uint8Array(), second = new Uint8Array()] = numbers;
  if (object === undefined) return false;
  switch (key.algorithm?.type) {
    case "rsa": {
      const [modulus = new Uint8Array()] = key.numbers;
      const signature = padded(first, modulus.length);
      return signature !== undefined && opensslVerifies(name, octets, object, signature);
    }
    case "dsa":
    case "ecdsa": {
      if (key.algorithm.type === "dsa" && name === "ripemd160")
        return verifiesDsa(key.numbers, hash(name, octets, "buffer"), first, second);
      const both = [encodeUnsignedInteger(first), encodeUnsignedInteger(second)];
      return opensslVerifies(name, octets, object, encodeDer(derTag.sequence, ...both));
    }
    case "eddsa": {
      const size = edwardsSize(key) ?? 0;
      const [r, s] = [padded(first, size), padded(second, size)];
      if (r === undefined || s === undefined) return false;
      return opensslVerifies(null, hash(name, octets, "buffer"), object, Buffer.concat([r, s]));
    }
    default:
      return false;
  }
}

/** Some keys it takes first and then does not: RSA with an even modulus. */
function opensslVerifies(
  digest: string | null,
  octets: Uint8Array,
  key: KeyObject,
  signature: Uint8Array,
): boolean {
  try {
    return verify(digest, octets, key, signature);
  } catch {
    return false;
  }
}
