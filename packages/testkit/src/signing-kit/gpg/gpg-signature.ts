import { createHash } from "node:crypto";
import { type GpgHash, type GpgKey, hashNumbers } from "./gpg-key.ts";
import { number, octets, packet, subpacket, tag } from "./packet.ts";

export const signatureType = {
  binary: 0x00,
  text: 0x01,
  standalone: 0x02,
  certification: 0x13,
  certificationRevocation: 0x30,
  subkeyBinding: 0x18,
  primaryBinding: 0x19,
  directKey: 0x1f,
  keyRevocation: 0x20,
  subkeyRevocation: 0x28,
} as const;

export const subpacketType = {
  created: 2,
  expires: 3,
  exportable: 4,
  revocable: 7,
  keyExpires: 9,
  revocationKey: 12,
  issuer: 16,
  notation: 20,
  primaryUserId: 25,
  keyFlags: 27,
  signersUserId: 28,
  revocationReason: 29,
  embeddedSignature: 32,
  issuerFingerprint: 33,
} as const;

/** A v4 or v5 signature's two lists. */
export interface Subpackets {
  readonly hashed: readonly Uint8Array[];
  readonly unhashed: readonly Uint8Array[];
}

export interface SignatureProfile {
  readonly version?: 3 | 4 | 5;
  readonly type: number;
  readonly hash?: GpgHash;
  /** seconds since 1970 */
  readonly created: number;
  /** added to what gpg would hash: who signs and when */
  readonly says?: readonly Uint8Array[];
  /** instead of all that gpg would write */
  readonly subpackets?: Subpackets;
  /** v5 over a document: mode, name and date of its literal packet */
  readonly literalHead?: Uint8Array;
}

/** A signature packet's body over `data`. */
export function signatureBody(key: GpgKey, data: Uint8Array, profile: SignatureProfile): Buffer {
  const { version = 4, type, hash = "sha512", created } = profile;
  if (version === 3) {
    const hashed = Buffer.concat([octets(type), number(created, 4)]);
    const whole = Buffer.concat([data, hashed]);
    const head = [octets(3, hashed.length), hashed, key.keyId, octets(key.algorithm, hashNumbers[hash])];
    return Buffer.concat([...head, checkOctets(hash, whole), key.sign(hash, whole)]);
  }
  const { hashed, unhashed } = profile.subpackets ?? usualSubpackets(key, created, profile.says);
  const head = octets(version, type, key.algorithm, hashNumbers[hash]);
  const hashedPart = Buffer.concat([head, list(hashed)]);
  const length = number(hashedPart.length, 4);
  const trailer =
    version === 5
      ? [profile.literalHead ?? octets(), octets(5, 0xff), number(0, 4), length]
      : [octets(4, 0xff), length];
  const whole = Buffer.concat([data, hashedPart, ...trailer]);
  return Buffer.concat([hashedPart, list(unhashed), checkOctets(hash, whole), key.sign(hash, whole)]);
}

export function signaturePacket(key: GpgKey, data: Uint8Array, profile: SignatureProfile): Buffer {
  return packet(tag.signature, signatureBody(key, data, profile));
}

/** What gpg writes into every signature. */
export function usualSubpackets(key: GpgKey, created: number, says: readonly Uint8Array[] = []): Subpackets {
  return {
    hashed: [issuerFingerprint(key), subpacket(subpacketType.created, number(created, 4)), ...says],
    unhashed: [subpacket(subpacketType.issuer, key.keyId)],
  };
}

export function issuerFingerprint({ body, fingerprint }: GpgKey): Buffer {
  return subpacket(subpacketType.issuerFingerprint, Buffer.concat([body.subarray(0, 1), fingerprint]));
}

/** A name and a value that programs may understand; a critical one they must. */
export function notation(name: string, value: string, { critical = false } = {}): Buffer {
  const lengths = [number(Buffer.byteLength(name), 2), number(Buffer.byteLength(value), 2)];
  const data = Buffer.concat([octets(0x80, 0, 0, 0), ...lengths, Buffer.from(name + value)]);
  return subpacket(subpacketType.notation, data, { critical });
}

function list(subpackets: readonly Uint8Array[]): Buffer {
  const area = Buffer.concat(subpackets);
  return Buffer.concat([number(area.length, 2), area]);
}

/** The first two octets of the hash. */
function checkOctets(hash: GpgHash, whole: Uint8Array): Buffer {
  return createHash(hash).update(whole).digest().subarray(0, 2);
}
