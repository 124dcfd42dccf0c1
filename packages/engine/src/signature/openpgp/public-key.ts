import { createPublicKey, hash, type KeyObject } from "node:crypto";
import { derTag } from "../der.ts";
import { encodeDer, encodeOid, encodeUnsignedInteger } from "../der-write.ts";
import { type KeyAlgorithm, keyAlgorithm } from "./algorithms.ts";
import {
  bigEndian,
  bitLength,
  lowerHexadecimal,
  type Mpi,
  OctetReader,
  significant,
  withOnes,
} from "./octets.ts";

/** A primary key or a subkey, as its packet describes it. */
export interface OpenPgpKey {
  readonly version: 4 | 5;
  /** seconds since 1970 */
  readonly created: number;
  readonly algorithmId: number;
  /** undefined for one that gpg does not have */
  readonly algorithm: KeyAlgorithm | undefined;
  /** the curve's octets and the numbers, as far as the algorithm is known */
  readonly numbers: readonly Uint8Array[];
  /** what of it goes into a signature that is about it */
  readonly hashed: Uint8Array;
  /** upper-case hexadecimal, of 20 octets (version 4) or 32 */
  readonly fingerprint: string;
  readonly keyId: string;
}

/** `old`: versions 2 and 3, which gpg passes over. `invalid`: gpg reads no further. */
export type KeyReading = OpenPgpKey | "old" | "invalid";

const maxKeySize = 256 * 1024;
const leastMaterial = 6;

/**
 * Reads a public key packet's body as gpg does: what follows the numbers is not part of the key.
 * Source: GnuPG g10/parse-packet.c, parse_key; g10/keyid.c, compute_fingerprint.
 * @param length of the whole body, where the input ends in the middle of it: gpg takes the key as long as its numbers are
 * there, or if it does not know its algorithm
 */
export function readPublicKey(body: Uint8Array, length: number = body.length): KeyReading {
  const version = body[0];
  if (version === 2 || version === 3) return "old";
  if ((version !== 4 && version !== 5) || length - 1 > maxKeySize) return "invalid";
  const headSize = version === 5 ? 10 : 6;
  if (length < headSize + leastMaterial) return "invalid";
  const isCut = body.length < length;
  const reader = new OctetReader(withOnes(body, headSize));
  reader.take(1);
  const created = reader.number(4);
  const algorithmId = reader.number(1);
  if (created === undefined || algorithmId === undefined) return "invalid";
  if (version === 5) reader.take(4);
  const algorithm = keyAlgorithm(algorithmId);
  const unknown = isCut ? new Uint8Array() : reader.rest();
  const parts = algorithm === undefined ? [plain(unknown)] : readNumbers(reader, algorithm);
  if (parts === undefined) return "invalid";
  const material = Buffer.concat(parts.map(({ written }) => written));
  const head = Buffer.concat([bigEndian(version, 1), bigEndian(created, 4), bigEndian(algorithmId, 1)]);
  const hashed = hashedKey(version, head, material);
  const fingerprint = hash(version === 5 ? "sha256" : "sha1", hashed).toUpperCase();
  const keyId = version === 5 ? fingerprint.slice(0, 16) : fingerprint.slice(-16);
  const numbers = algorithm === undefined ? [] : parts.map(({ octets }) => octets);
  return { version, created, algorithmId, algorithm, numbers, hashed, fingerprint, keyId };
}

/**
 * Why a key is not dealt with: anyone can find its private key, or verifying what it has signed takes much longer than
 * with any key that gpg makes. To pass it over would not do: what it has revoked would count again.
 */
export function whyNotUsable({ algorithm, numbers }: OpenPgpKey): string | undefined {
  const [first = 0, second = 0] = numbers.map(bitLength);
  switch (algorithm?.type) {
    case "rsa":
      if (first < minRsaBits) return `an RSA key of ${first} bits`;
      return second > maxRsaExponentBits ? `an RSA key with an exponent of ${second} bits` : undefined;
    case "dsa":
      return first > maxDsaBits || !dsaGroupBits.has(second)
        ? `a DSA key of ${first} and ${second} bits`
        : undefined;
    default:
      return undefined;
  }
}

/** Where containers/image's own checks of RSA keys end. */
const minRsaBits = 1024;
const maxRsaExponentBits = 64;
const maxDsaBits = 3072;
/** FIPS 186-4 section 4.2 */
const dsaGroupBits: ReadonlySet<number> = new Set([160, 224, 256]);

/** The same key: whoever hashes to the same fingerprint. */
export function isSameKey(a: OpenPgpKey, b: OpenPgpKey): boolean {
  return a.fingerprint === b.fingerprint;
}

interface Part {
  readonly octets: Uint8Array;
  /** as it is hashed: numbers without leading zeros */
  readonly written: Uint8Array;
}

function readNumbers(reader: OctetReader, { type }: KeyAlgorithm): readonly Part[] | undefined {
  const readers = {
    rsa: [number, number],
    dsa: [number, number, number, number],
    elgamal: [number, number, number],
    ecdsa: [counted, point],
    eddsa: [counted, point],
    ecdh: [counted, point, counted],
  }[type];
  const parts = readers.map((read) => read(reader));
  return parts.every((part) => part !== undefined) ? parts : undefined;
}

function number(reader: OctetReader): Part | undefined {
  const mpi = reader.mpi();
  if (mpi === undefined) return undefined;
  const octets = significant(mpi.octets);
  return { octets, written: writeMpi({ bits: bitLength(octets), octets }) };
}

/** A curve's name, or what a key is derived with: octets behind their count. */
function counted(reader: OctetReader): Part | undefined {
  const octets = reader.short();
  if (octets === undefined || octets.length < 2 || octets.length > 254) return undefined;
  return { octets, written: Buffer.concat([bigEndian(octets.length, 1), octets]) };
}

/** A point keeps its octets; the count of its bits is corrected unless they begin with zeros. */
function point(reader: OctetReader): Part | undefined {
  const mpi = reader.mpi();
  if (mpi === undefined || mpi.octets.length === 0) return undefined;
  const bits = mpi.octets[0] ? bitLength(mpi.octets) : mpi.bits;
  return { octets: mpi.octets, written: writeMpi({ bits, octets: mpi.octets }) };
}

function plain(octets: Uint8Array): Part {
  return { octets, written: octets };
}

function writeMpi({ bits, octets }: Mpi): Uint8Array {
  return Buffer.concat([bigEndian(bits, 2), octets]);
}

function hashedKey(version: 4 | 5, head: Uint8Array, material: Uint8Array): Uint8Array {
  if (version === 4) {
    const length = (head.length + material.length) & 0xffff;
    return Buffer.concat([bigEndian(0x99, 1), bigEndian(length, 2), head, material]);
  }
  const length = bigEndian(head.length + 4 + material.length, 4);
  return Buffer.concat([bigEndian(0x9a, 1), length, head, bigEndian(material.length, 4), material]);
}

const keyObjects = new WeakMap<OpenPgpKey, KeyObject | undefined>();

/** The key for OpenSSL; undefined if it cannot be one, and then nothing it is said to have signed verifies. */
export function keyObject(key: OpenPgpKey): KeyObject | undefined {
  if (!keyObjects.has(key)) keyObjects.set(key, importKey(key));
  return keyObjects.get(key);
}

function importKey(key: OpenPgpKey): KeyObject | undefined {
  const spki = subjectPublicKeyInfo(key);
  if (spki === undefined) return undefined;
  try {
    return createPublicKey({ key: spki, format: "der", type: "spki" });
  } catch {
    return undefined;
  }
}

function subjectPublicKeyInfo({ algorithm, numbers }: OpenPgpKey): Buffer | undefined {
  const integers = numbers.map(encodeUnsignedInteger);
  const [curve = new Uint8Array(), q = new Uint8Array()] = numbers;
  switch (algorithm?.type) {
    case "rsa":
      return spki(
        [encodeOid("1.2.840.113549.1.1.1"), encodeDer(derTag.null)],
        encodeDer(derTag.sequence, ...integers),
      );
    case "dsa": {
      const [y = new Uint8Array()] = integers.slice(3);
      return spki([encodeOid("1.2.840.10040.4.1"), encodeDer(derTag.sequence, ...integers.slice(0, 3))], y);
    }
    case "ecdsa": {
      const isKnown = curves.get(lowerHexadecimal(curve)) === q.length && q[0] === 4;
      return isKnown ? spki([encodeOid("1.2.840.10045.2.1"), encodeDer(derTag.oid, curve)], q) : undefined;
    }
    case "eddsa": {
      const edwards = edwardsCurves.get(lowerHexadecimal(curve));
      const point = edwards && q.subarray(edwards.prefix.length);
      const isPoint = edwards !== undefined && q.length === edwards.prefix.length + edwards.size;
      return isPoint && point !== undefined && edwards.prefix.every((octet, at) => q[at] === octet)
        ? spki([encodeOid(edwards.oid)], point)
        : undefined;
    }
    default:
      return undefined;
  }
}

interface EdwardsCurve {
  /** of the algorithm, in X.509 */
  readonly oid: string;
  /** octets of a point, and of each number of a signature */
  readonly size: number;
  /** before the point: OpenPGP's mark of a native form */
  readonly prefix: readonly number[];
}

const ed25519: EdwardsCurve = { oid: "1.3.101.112", size: 32, prefix: [0x40] };

/** By their OID's octets. */
const edwardsCurves: ReadonlyMap<string, EdwardsCurve> = new Map([
  ["2b06010401da470f01", ed25519],
  ["2b6570", ed25519],
  ["2b6571", { oid: "1.3.101.113", size: 57, prefix: [] }],
]);

/** Octets of each number of an EdDSA signature; undefined for an unknown curve. */
export function edwardsSize({ numbers: [curve] }: OpenPgpKey): number | undefined {
  return curve && edwardsCurves.get(lowerHexadecimal(curve))?.size;
}

/** By their OID's octets, the length of an uncompressed point: NIST's, Brainpool's and secp256k1. */
const curves: ReadonlyMap<string, number> = new Map([
  ["2a8648ce3d030101", 49],
  ["2b81040021", 57],
  ["2a8648ce3d030107", 65],
  ["2b81040022", 97],
  ["2b81040023", 133],
  ["2b8104000a", 65],
  ["2b2403030208010101", 41],
  ["2b2403030208010103", 49],
  ["2b2403030208010105", 57],
  ["2b2403030208010107", 65],
  ["2b2403030208010109", 81],
  ["2b240303020801010b", 97],
  ["2b240303020801010d", 129],
]);

function spki(algorithm: readonly Uint8Array[], key: Uint8Array): Buffer {
  return encodeDer(
    derTag.sequence,
    encodeDer(derTag.sequence, ...algorithm),
    encodeDer(derTag.bitString, bigEndian(0, 1), key),
  );
}
