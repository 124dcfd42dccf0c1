import { keyAlgorithm } from "./algorithms.ts";
import { bigEndian, hexadecimal, OctetReader, withOnes } from "./octets.ts";
import type { Packet } from "./packet.ts";
import {
  findNumber,
  findSubpacket,
  noSubpackets,
  readSubpackets,
  type Subpackets,
  subpacketType,
} from "./subpackets.ts";

/** A signature's packet, as it describes itself. Nothing in it is believed yet. */
export interface SignaturePacket {
  /** 0 for one that is too short to be any */
  readonly version: 0 | 2 | 3 | 4 | 5;
  readonly type: number;
  readonly keyAlgorithmId: number;
  readonly hashAlgorithmId: number;
  /** seconds since 1970; 0 if it does not say */
  readonly created: number;
  /** seconds since 1970; undefined: never */
  readonly expires: number | undefined;
  /** sixteen upper-case hexadecimal digits; zeros if it does not say */
  readonly issuerKeyId: string;
  /** upper-case hexadecimal */
  readonly issuerFingerprint: string | undefined;
  readonly hashed: Subpackets;
  readonly unhashed: Subpackets;
  /** what of it is hashed behind the data, up to the trailer */
  readonly hashedPart: Uint8Array;
  readonly numbers: readonly Uint8Array[];
  /** of each number, as it says */
  readonly bits: readonly number[];
}

export const signatureType = {
  binary: 0x00,
  text: 0x01,
  certifications: [0x10, 0x11, 0x12, 0x13],
  subkeyBinding: 0x18,
  primaryBinding: 0x19,
  directKey: 0x1f,
  keyRevocation: 0x20,
  subkeyRevocation: 0x28,
  certificationRevocation: 0x30,
} as const;

/**
 * `cut`: gpg takes the input for ended before this packet. `invalid`: it takes the packet for invalid. `fatal`: it ends
 * itself.
 */
export type SignatureReading = SignaturePacket | "cut" | "invalid" | "fatal";

/** Reads a signature packet that the input perhaps ends in the middle of. */
export function readSignaturePacket({
  body,
  length,
  isCut,
}: Pick<Packet, "body" | "length" | "isCut">): SignatureReading {
  if (isCut && length >= leastSize && isCutInSubpackets(body, length)) return "cut";
  const signature = readSignature(body, length);
  if (signature === undefined) return "invalid";
  return isFatal(signature) ? "fatal" : signature;
}

/** gpg wants memory for the octets of a curve's number, and ends itself if that is none at all. */
function isFatal({ keyAlgorithmId, numbers }: SignaturePacket): boolean {
  const type = keyAlgorithm(keyAlgorithmId)?.type;
  return (type === "ecdsa" || type === "eddsa") && numbers.some(({ length }) => length === 0);
}

/**
 * Reads a signature packet's body as gpg does: what follows the numbers is not part of it.
 * Source: GnuPG g10/parse-packet.c, parse_signature.
 * @param length of the whole body, where the input ends in the middle of it
 * @returns undefined where gpg finds the packet invalid
 */
export function readSignature(body: Uint8Array, length: number = body.length): SignaturePacket | undefined {
  if (length < leastSize) return tooShort;
  const filled = withOnes(body, Math.min(headSize(body), length));
  const reader = new OctetReader(filled);
  const missing = length - filled.length;
  const version = reader.number(1);
  switch (version) {
    case 2:
    case 3:
      return readVersion3(reader, version, missing);
    case 4:
    case 5:
      return readVersion4(reader, version, missing);
    default:
      return undefined;
  }
}

const leastSize = 16;

/** Octets before the numbers: all that is there even if the input ends before. */
function headSize(body: Uint8Array): number {
  switch (body[0]) {
    case 2:
    case 3:
      return 19;
    case 4:
    case 5: {
      const hashed = areaSize(body, 4);
      return 4 + 2 + hashed + 2 + areaSize(body, 6 + hashed) + 2;
    }
    default:
      return 1;
  }
}

function areaSize(body: Uint8Array, at: number): number {
  return ((body[at] ?? 0xff) << 8) | (body[at + 1] ?? 0xff);
}

/**
 * Whether the input ends in an area that has room in the packet: one that has none makes the packet invalid, wherever the
 * input ends. Behind the end gpg reads ones.
 * @param length of the whole body, as its header says
 */
function isCutInSubpackets(body: Uint8Array, length: number): boolean {
  const version = body[0];
  if (version !== 4 && version !== 5) return false;
  let at = 4;
  for (let area = 0; area < 2; area++) {
    const size = areaSize(body, at);
    at += 2 + size;
    if (at > length || size > maxAreaSize) return false;
    if (size > 0 && at > body.length) return true;
  }
  return false;
}

function readVersion3(reader: OctetReader, version: 2 | 3, missing: number): SignaturePacket | undefined {
  reader.take(1);
  const hashedPart = reader.take(5);
  const issuer = reader.take(8);
  const algorithms = readAlgorithms(reader);
  const [type] = hashedPart ?? [];
  const numbers = algorithms && readNumbers(reader, algorithms.keyAlgorithmId, missing);
  if (hashedPart === undefined || issuer === undefined || algorithms === undefined) return undefined;
  if (type === undefined || numbers === undefined) return undefined;
  return {
    ...tooShort,
    version,
    type,
    ...algorithms,
    created: new OctetReader(hashedPart.subarray(1)).number(4) ?? 0,
    issuerKeyId: hexadecimal(issuer),
    hashedPart,
    ...numbers,
  };
}

function readVersion4(reader: OctetReader, version: 4 | 5, missing: number): SignaturePacket | undefined {
  const type = reader.number(1);
  const algorithms = readAlgorithms(reader);
  const hashedArea = reader.long();
  const unhashedArea = reader.long();
  const numbers = algorithms && readNumbers(reader, algorithms.keyAlgorithmId, missing);
  if (type === undefined || algorithms === undefined || numbers === undefined) return undefined;
  if (hashedArea === undefined || unhashedArea === undefined) return undefined;
  if (Math.max(hashedArea.length, unhashedArea.length) > maxAreaSize) return undefined;
  const { keyAlgorithmId, hashAlgorithmId } = algorithms;
  const head = Buffer.from([version, type, keyAlgorithmId, hashAlgorithmId]);
  const hashedPart = Buffer.concat([head, bigEndian(hashedArea.length, 2), hashedArea]);
  const lists = { hashed: readSubpackets(hashedArea), unhashed: readSubpackets(unhashedArea) };
  const facts = readFacts(lists);
  const counted = keyAlgorithmId === 0 ? { issuerFingerprint: facts.issuerFingerprint } : facts;
  return { ...tooShort, version, type, ...algorithms, ...lists, ...counted, hashedPart, ...numbers };
}

const maxAreaSize = 10_000;

function readAlgorithms(
  reader: OctetReader,
): Pick<SignaturePacket, "keyAlgorithmId" | "hashAlgorithmId"> | undefined {
  const keyAlgorithmId = reader.number(1);
  const hashAlgorithmId = reader.number(1);
  if (keyAlgorithmId === undefined || hashAlgorithmId === undefined) return undefined;
  return { keyAlgorithmId, hashAlgorithmId };
}

/**
 * The check octets, which prove nothing, and then the signature itself.
 * @param missing octets of it that the input ends before: gpg wants those of a signature that it can verify, and no others
 */
function readNumbers(
  reader: OctetReader,
  keyAlgorithmId: number,
  missing: number,
): Pick<SignaturePacket, "numbers" | "bits"> | undefined {
  if (reader.take(2) === undefined) return undefined;
  const count = keyAlgorithm(keyAlgorithmId)?.signatureNumbers ?? 0;
  if (count === 0) return reader.left + missing > maxUnknownSize ? undefined : { numbers: [], bits: [] };
  const read = Array.from({ length: count }, () => reader.mpi());
  if (!read.every((number) => number !== undefined)) return undefined;
  return { numbers: read.map(({ octets }) => octets), bits: read.map(({ bits }) => bits) };
}

const maxUnknownSize = (5 * 16384) / 8;

type Facts = Pick<SignaturePacket, "created" | "expires" | "issuerKeyId" | "issuerFingerprint">;

function readFacts({ hashed, unhashed }: Pick<SignaturePacket, "hashed" | "unhashed">): Facts {
  const created = findNumber(hashed, subpacketType.created) ?? 0;
  const lifetime = findNumber(hashed, subpacketType.expires) ?? 0;
  const issuer = findSubpacket(hashed, subpacketType.issuer) ?? findSubpacket(unhashed, subpacketType.issuer);
  const fingerprint = issuerFingerprint(findSubpacket(hashed, subpacketType.issuerFingerprint));
  const fromFingerprint = fingerprint?.length === 64 ? fingerprint.slice(0, 16) : fingerprint?.slice(-16);
  return {
    created,
    // as gpg adds them: in 32 bits
    expires: lifetime === 0 ? undefined : (created + lifetime) % 2 ** 32 || undefined,
    issuerKeyId: fromFingerprint ?? (issuer && hexadecimal(issuer.subarray(0, 8))) ?? noKeyId,
    issuerFingerprint: fingerprint,
  };
}

function issuerFingerprint(data: Uint8Array | undefined): string | undefined {
  const isOne = (data?.[0] === 4 && data.length === 21) || (data?.[0] === 5 && data.length === 33);
  return data !== undefined && isOne ? hexadecimal(data.subarray(1)) : undefined;
}

const noKeyId = "0".repeat(16);

/** What gpg makes of a signature packet of less than 16 octets: one that never verifies. */
const tooShort: SignaturePacket = {
  version: 0,
  type: 0,
  keyAlgorithmId: 0,
  hashAlgorithmId: 0,
  created: 0,
  expires: undefined,
  issuerKeyId: noKeyId,
  issuerFingerprint: undefined,
  hashed: noSubpackets,
  unhashed: noSubpackets,
  hashedPart: new Uint8Array(),
  numbers: [],
  bits: [],
};
