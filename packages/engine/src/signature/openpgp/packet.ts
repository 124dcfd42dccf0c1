import { OctetReader } from "./octets.ts";

/** A packet (RFC 4880 section 4), its header taken off. */
export interface Packet {
  readonly tag: number;
  /** what there is of the body; parts joined */
  readonly body: Uint8Array;
  readonly framing: "definite" | "partial" | "indeterminate";
  /** of the body, as its header says; where it comes in parts, of what there is */
  readonly length: number;
  /** whether the input ends before the body does */
  readonly isCut: boolean;
  /** where the body begins */
  readonly start: number;
  /** where the next packet begins */
  readonly end: number;
}

export const packetTag = {
  publicKeyEncryptedSessionKey: 1,
  signature: 2,
  symmetricKeyEncryptedSessionKey: 3,
  onePassSignature: 4,
  secretKey: 5,
  publicKey: 6,
  secretSubkey: 7,
  compressed: 8,
  encrypted: 9,
  marker: 10,
  literal: 11,
  trust: 12,
  userId: 13,
  publicSubkey: 14,
  oldComment: 16,
  userAttribute: 17,
  encryptedIntegrity: 18,
  integrity: 19,
  encryptedAuthenticated: 20,
  comment: 61,
  /** gpg's own, and only for itself */
  control: 63,
} as const;

/**
 * Reads the packet at `at` as gpg does (g10/parse-packet.c, parse): a body that the input ends in the middle of is
 * as long as what is there; only data packets may come in parts or without a length.
 * @returns undefined where gpg finds the packet invalid
 */
export function readPacket(bytes: Uint8Array, at: number): Packet | undefined {
  const reader = new OctetReader(bytes.subarray(at));
  const head = reader.number(1);
  if (head === undefined || (head & 0x80) === 0) return undefined;
  return head & 0x40 ? readNew(reader, head & 0x3f, bytes.length) : readOld(reader, head, bytes.length);
}

const dataTags: ReadonlySet<number> = new Set([packetTag.compressed, packetTag.encrypted, packetTag.literal]);

const dataTagsInParts: ReadonlySet<number> = new Set([
  ...dataTags,
  packetTag.encryptedIntegrity,
  packetTag.encryptedAuthenticated,
]);

function readOld(reader: OctetReader, head: number, total: number): Packet | undefined {
  const tag = (head >> 2) & 0x0f;
  const start = total - reader.left;
  if ((head & 3) === 3) {
    if (!dataTags.has(tag)) return undefined;
    const body = reader.rest();
    const { length } = body;
    return { tag, body, framing: "indeterminate", length, isCut: false, start, end: total };
  }
  const length = reader.number(([1, 2, 4] as const)[head & 3] ?? 1);
  return length === undefined ? undefined : definite(reader, tag, length, total);
}

function readNew(reader: OctetReader, tag: number, total: number): Packet | undefined {
  const first = reader.number(1);
  if (first === undefined) return undefined;
  if (first < 0xe0 || first === 0xff) {
    const length = newLength(reader, first);
    return length === undefined ? undefined : definite(reader, tag, length, total);
  }
  return dataTagsInParts.has(tag) ? inParts(reader, tag, first, total) : undefined;
}

function definite(reader: OctetReader, tag: number, length: number, total: number): Packet {
  const start = total - reader.left;
  const body = reader.take(Math.min(length, reader.left)) ?? reader.rest();
  const isCut = body.length < length;
  return { tag, body, framing: "definite", length, isCut, start, end: start + body.length };
}

function newLength(reader: OctetReader, first: number): number | undefined {
  if (first === 0xff) return reader.number(4);
  if (first < 0xc0) return first;
  const second = reader.number(1);
  return second === undefined ? undefined : (first - 0xc0) * 256 + second + 0xc0;
}

/** Any number of parts of a power of two octets, then one of any length. */
function inParts(reader: OctetReader, tag: number, first: number, total: number): Packet {
  const start = total - reader.left;
  const parts: Uint8Array[] = [];
  let isCut = true;
  for (let head: number | undefined = first; head !== undefined; head = reader.number(1)) {
    const isLast = head < 0xe0 || head === 0xff;
    const size = isLast ? newLength(reader, head) : 2 ** (head & 0x1f);
    if (size === undefined) break;
    const part = reader.take(Math.min(size, reader.left)) ?? reader.rest();
    parts.push(part);
    isCut = part.length < size;
    if (isLast || isCut) break;
    isCut = true;
  }
  const body = Buffer.concat(parts);
  return { tag, body, framing: "partial", length: body.length, isCut, start, end: total - reader.left };
}

/** A marker packet says `PGP`, and nothing. */
export function isMarker(body: Uint8Array): boolean {
  return Buffer.from(body).equals(Buffer.from("PGP"));
}

/**
 * Whether a file or message begins as packets do; otherwise gpg looks for armor in it. The first octet tells: a packet's
 * has its highest bit set, and says what packet it is.
 */
export function looksBinary([head = 0, length = 0]: Uint8Array): boolean {
  if ((head & 0x80) === 0) return false;
  const isNew = (head & 0x40) !== 0;
  const tag = isNew ? head & 0x3f : (head >> 2) & 0x0f;
  if (binaryDataTags.has(tag)) return true;
  const hasNoLength = isNew ? length >= 0xe0 && length < 0xff : (head & 3) === 3;
  return knownTags.has(tag) && !hasNoLength;
}

const binaryDataTags: ReadonlySet<number> = new Set([
  ...[packetTag.compressed, packetTag.encrypted, packetTag.encryptedIntegrity, packetTag.literal],
  ...[packetTag.encryptedAuthenticated, packetTag.oldComment, packetTag.comment, 63],
]);

const knownTags: ReadonlySet<number> = new Set(Object.values(packetTag));
