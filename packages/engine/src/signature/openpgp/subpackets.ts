import { OctetReader } from "./octets.ts";

/**
 * One of a signature's two lists of facts (RFC 4880 section 5.2.3), read as gpg reads them: of several equal ones the
 * first counts, and none behind one that does not fit.
 * Source: GnuPG g10/parse-packet.c, enum_sig_subpkt.
 */
export interface Subpackets {
  readonly entries: readonly Entry[];
  /** whether a critical one is unknown, or the list does not fit: then the signature does not count */
  readonly isUnderstood: boolean;
}

interface Entry {
  readonly type: number;
  readonly critical: boolean;
  /** undefined where its length leaves no room even for the type: the search for that type ends there */
  readonly data: Uint8Array | undefined;
}

export const subpacketType = {
  created: 2,
  expires: 3,
  exportable: 4,
  keyExpires: 9,
  revocationKey: 12,
  issuer: 16,
  keyFlags: 27,
  embeddedSignature: 32,
  issuerFingerprint: 33,
} as const;

export const noSubpackets: Subpackets = { entries: [], isUnderstood: true };

export function readSubpackets(area: Uint8Array): Subpackets {
  const entries: Entry[] = [];
  for (let rest = area; rest.length > 0; ) {
    const reader = new OctetReader(rest);
    const length = readLength(reader);
    if (length === undefined || length > reader.left || reader.left === 0)
      return { entries, isUnderstood: false };
    const [first = 0] = reader.rest();
    const data = reader.take(length)?.subarray(1);
    entries.push({ type: first & 0x7f, critical: first >= 0x80, data: length === 0 ? undefined : data });
    rest = reader.rest();
  }
  return { entries, isUnderstood: entries.every(isUnderstood) };
}

/** The first of its type; undefined if there is none, or if that one is too short for what it should say. */
export function findSubpacket(list: Subpackets, type: number): Uint8Array | undefined {
  const [found] = findSubpackets(list, type);
  return found;
}

/** All of a type, up to one that is too short for what it should say. */
export function findSubpackets({ entries }: Subpackets, type: number): readonly Uint8Array[] {
  const found: Uint8Array[] = [];
  for (const { type: other, data } of entries) {
    if (other !== type) continue;
    if (data === undefined || !fits(type, data)) break;
    found.push(data);
  }
  return found;
}

/** A subpacket that holds one number, of four octets. */
export function findNumber(list: Subpackets, type: number): number | undefined {
  const data = findSubpacket(list, type);
  return data === undefined ? undefined : new OctetReader(data).number(4);
}

function readLength(reader: OctetReader): number | undefined {
  const first = reader.number(1);
  if (first === undefined || first < 0xc0) return first;
  if (first === 0xff) return reader.number(4);
  if (reader.left < 2) return undefined;
  return (first - 0xc0) * 256 + (reader.number(1) ?? 0) + 0xc0;
}

const shortest: ReadonlyMap<number, number> = new Map([
  [subpacketType.created, 4],
  [subpacketType.expires, 4],
  [subpacketType.keyExpires, 4],
  [subpacketType.revocationKey, 22],
  [subpacketType.exportable, 1],
  [subpacketType.embeddedSignature, 1],
  [subpacketType.issuer, 8],
  [subpacketType.issuerFingerprint, 21],
]);

function fits(type: number, data: Uint8Array): boolean {
  return data.length >= (shortest.get(type) ?? 0);
}

/** What gpg takes for understood, whatever it says. */
const understood: ReadonlySet<number> = new Set([
  ...[2, 3, 4, 5, 6, 7, 9, 11, 12, 16, 21, 22, 24, 25, 26, 27, 29, 30, 32, 33, 34, 37],
]);

const understoodNotations: ReadonlySet<string> = new Set([
  "preferred-email-encoding@pgp.com",
  "pka-address@gnupg.org",
]);

function isUnderstood({ type, critical, data }: Entry): boolean {
  if (!critical) return true;
  if (data === undefined) return false;
  if (type === notation) return understoodNotations.has(notationName(data) ?? "");
  return type === keyBlock ? data[0] === 0 : understood.has(type);
}

const notation = 20;
const keyBlock = 38;

function notationName(data: Uint8Array): string | undefined {
  const reader = new OctetReader(data);
  reader.take(4);
  const length = reader.number(2);
  reader.take(2);
  const name = length === undefined ? undefined : reader.take(length);
  return name && Buffer.from(name).toString("latin1");
}
