import { type BitString, isMinimalInteger, oidText } from "./der.ts";
import { refuse } from "./invalid.ts";

/**
 * Reads one field as Go's encoding/asn1 does. It is laxer than cryptobyte (which certificates go through, see
 * der.ts): extra bytes at the end of a SEQUENCE are allowed. containers/image reaches it for public keys outside
 * certificates, for the Fulcio issuer extension and to tell ECDSA's two signature encodings apart.
 */
export interface Asn1Field {
  readonly content: Uint8Array;
  /** with tag and length */
  readonly raw: Uint8Array;
  /** where the next field begins */
  readonly next: number;
}

export interface Asn1Type {
  /** universal tag number */
  readonly tag: number;
  readonly constructed: boolean;
  /** the Go type's name, for messages */
  readonly name: string;
}

/** @throws CountersignError SIGNATURE_INVALID with encoding/asn1's words */
export function asn1Field(bytes: Uint8Array, at: number, type: Asn1Type): Asn1Field {
  if (at === bytes.length) syntax("sequence truncated");
  const header = asn1Header(bytes, at);
  if (header.class !== 0 || header.tag !== type.tag || header.constructed !== type.constructed) {
    const found = `{class:${header.class} tag:${header.tag} length:${header.length} isCompound:${header.constructed}}`;
    structure(`tags don't match (${type.tag} vs ${found}) ${noParameters} ${type.name} @${header.contentAt}`);
  }
  return fieldOf(bytes, at, header);
}

/** Whatever comes next, or undefined at the end: an optional asn1.RawValue. */
export function optionalAsn1Any(bytes: Uint8Array, at: number): Asn1Field | undefined {
  return at === bytes.length ? undefined : fieldOf(bytes, at, asn1Header(bytes, at));
}

/** The universal tag number of what comes next; undefined if it has none. */
export function universalTagAt(bytes: Uint8Array, at: number): number | undefined {
  if (at === bytes.length) return undefined;
  const header = asn1Header(bytes, at);
  return header.class === 0 ? header.tag : undefined;
}

export function asn1Integer(content: Uint8Array): Uint8Array {
  if (content.length === 0) structure("empty integer");
  if (!isMinimalInteger(content)) structure("integer not minimally-encoded");
  return content;
}

/** Dotted text of an OBJECT IDENTIFIER's content. */
export function asn1Oid(content: Uint8Array): string {
  if (content.length === 0) syntax("zero length OBJECT IDENTIFIER");
  for (let at = 0; at < content.length; ) [, at] = base128(content, at);
  return oidText(content) ?? structure("base 128 integer too large");
}

export function asn1BitString(content: Uint8Array): BitString {
  const [unused] = content;
  if (unused === undefined) return syntax("zero length BIT STRING");
  const bytes = content.subarray(1);
  const last = bytes.at(-1);
  if (unused > 7 || (last === undefined ? unused > 0 : (last & ((1 << unused) - 1)) !== 0)) {
    syntax("invalid padding bits in BIT STRING");
  }
  return { bytes, unused };
}

export function syntax(message: string): never {
  return refuse(`asn1: syntax error: ${message}`);
}

export function structure(message: string): never {
  return refuse(`asn1: structure error: ${message}`);
}

interface Header {
  readonly class: number;
  readonly tag: number;
  readonly constructed: boolean;
  readonly length: number;
  readonly contentAt: number;
}

function asn1Header(bytes: Uint8Array, start: number): Header {
  let at = start;
  const identifier = bytes[at++] ?? 0;
  let tag = identifier & 0x1f;
  if (tag === 0x1f) [tag, at] = highTag(bytes, at);
  const first = bytes[at++];
  if (first === undefined) return syntax("truncated tag or length");
  let length = first;
  if (first & 0x80) [length, at] = longLength(bytes, at, first & 0x7f);
  return {
    class: identifier >> 6,
    tag,
    constructed: (identifier & 0x20) !== 0,
    length,
    contentAt: at,
  };
}

function highTag(bytes: Uint8Array, start: number): readonly [tag: number, next: number] {
  const [tag, next] = base128(bytes, start);
  if (tag < 0x1f) syntax("non-minimal tag");
  return [tag, next];
}

function base128(bytes: Uint8Array, start: number): readonly [value: number, next: number] {
  let value = 0;
  for (let at = start; at < bytes.length; at++) {
    const octet = bytes[at] ?? 0;
    if (at - start === 5) structure("base 128 integer too large");
    if (at === start && octet === 0x80) syntax("integer is not minimally encoded");
    value = value * 128 + (octet & 0x7f);
    if (octet & 0x80) continue;
    if (value > 0x7fffffff) structure("base 128 integer too large");
    return [value, at + 1];
  }
  return syntax("truncated base 128 integer");
}

function longLength(
  bytes: Uint8Array,
  start: number,
  octets: number,
): readonly [length: number, next: number] {
  if (octets === 0) syntax("indefinite length found (not DER)");
  let length = 0;
  for (let n = 0; n < octets; n++) {
    const octet = bytes[start + n];
    if (octet === undefined) return syntax("truncated tag or length");
    if (length >= 1 << 23) structure("length too large");
    length = length * 256 + octet;
    if (length === 0) structure("superfluous leading zeros in length");
  }
  if (length < 0x80) structure("non-minimal length");
  return [length, start + octets];
}

function fieldOf(bytes: Uint8Array, at: number, header: Header): Asn1Field {
  const next = header.contentAt + header.length;
  if (next > bytes.length) syntax("data truncated");
  return { content: bytes.subarray(header.contentAt, next), raw: bytes.subarray(at, next), next };
}

/** `%+v` of encoding/asn1's parameters of a field without any. */
const noParameters =
  "{optional:false explicit:false application:false private:false defaultValue:<nil> tag:<nil> stringType:0 timeType:0 set:false omitEmpty:false}";
