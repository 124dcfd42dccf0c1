/**
 * Reads DER (X.690) as golang.org/x/crypto/cryptobyte does, which is what Go's x509 parses certificates with:
 * definite and minimal lengths of at most four bytes, tags below 31, minimal integers. OpenSSL accepts BER in many
 * places; two readings of one certificate are an attack, so nothing reaches OpenSSL that did not pass here.
 *
 * Every method returns undefined instead of advancing when the next element is not what was asked for.
 */
export class DerReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get done(): boolean {
    return this.#at === this.#bytes.length;
  }

  /** Whether an element with this identifier octet comes next. */
  peek(tag: number): boolean {
    return this.#bytes[this.#at] === tag;
  }

  /** The next element, whatever it is. */
  next(): DerElement | undefined {
    const start = this.#at;
    const tag = this.#bytes[start];
    const lengthByte = this.#bytes[start + 1];
    if (tag === undefined || lengthByte === undefined || (tag & 0x1f) === 0x1f) return undefined;
    let header = 2;
    let length = lengthByte;
    if (lengthByte & 0x80) {
      const octets = lengthByte & 0x7f;
      if (octets === 0 || octets > 4) return undefined;
      length = 0;
      for (let n = 0; n < octets; n++) {
        const octet = this.#bytes[start + 2 + n];
        if (octet === undefined) return undefined;
        length = length * 256 + octet;
      }
      if (length < 0x80 || length < 256 ** (octets - 1)) return undefined;
      header += octets;
    }
    const end = start + header + length;
    if (end > this.#bytes.length) return undefined;
    this.#at = end;
    return {
      tag,
      raw: this.#bytes.subarray(start, end),
      content: this.#bytes.subarray(start + header, end),
    };
  }

  /** The next element if it has this tag. */
  element(tag: number): DerElement | undefined {
    return this.peek(tag) ? this.next() : undefined;
  }

  /** The content of the next element if it has this tag. */
  content(tag: number): Uint8Array | undefined {
    return this.element(tag)?.content;
  }

  /** A reader inside the next element if it has this tag. */
  enter(tag: number): DerReader | undefined {
    const content = this.content(tag);
    return content === undefined ? undefined : new DerReader(content);
  }

  boolean(): boolean | undefined {
    const content = this.content(derTag.boolean);
    if (content?.length !== 1) return undefined;
    return content[0] === 0xff ? true : content[0] === 0 ? false : undefined;
  }

  /** An INTEGER's two's complement octets, minimal and not empty. */
  integer(tag: number = derTag.integer): Uint8Array | undefined {
    const content = this.content(tag);
    return content !== undefined && isMinimalInteger(content) ? content : undefined;
  }

  /** An INTEGER that fits a signed 64-bit one. */
  int64(tag: number = derTag.integer): bigint | undefined {
    const octets = this.integer(tag);
    return octets === undefined || octets.length > 8 ? undefined : signedInteger(octets);
  }

  /** An OBJECT IDENTIFIER in dotted form; arcs from 2³¹ on are refused. */
  oid(): string | undefined {
    const content = this.content(derTag.oid);
    return content === undefined ? undefined : oidText(content);
  }

  /** A BIT STRING; unused bits must be zero. */
  bitString(): BitString | undefined {
    const content = this.content(derTag.bitString);
    const unused = content?.[0];
    if (content === undefined || unused === undefined || unused > 7) return undefined;
    const bytes = content.subarray(1);
    const last = bytes.at(-1);
    if (last === undefined ? unused !== 0 : (last & ((1 << unused) - 1)) !== 0) return undefined;
    return { bytes, unused };
  }
}

export interface DerElement {
  readonly tag: number;
  /** with tag and length */
  readonly raw: Uint8Array;
  readonly content: Uint8Array;
}

export interface BitString {
  readonly bytes: Uint8Array;
  /** bits of the last byte that do not count */
  readonly unused: number;
}

export const derTag = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  oid: 0x06,
  utf8String: 0x0c,
  numericString: 0x12,
  printableString: 0x13,
  t61String: 0x14,
  ia5String: 0x16,
  utcTime: 0x17,
  generalizedTime: 0x18,
  generalString: 0x1b,
  bmpString: 0x1e,
  sequence: 0x30,
  set: 0x31,
} as const;

/** The identifier octet of `[n] IMPLICIT`, primitive. */
export function contextTag(n: number): number {
  return 0x80 | n;
}

/** The identifier octet of `[n]`, constructed. */
export function constructedTag(n: number): number {
  return 0xa0 | n;
}

export function isMinimalInteger(octets: Uint8Array): boolean {
  const [first, second] = octets;
  if (first === undefined) return false;
  if (second === undefined) return true;
  return !((first === 0 && second < 0x80) || (first === 0xff && second >= 0x80));
}

/** The value of an INTEGER's octets. */
export function signedInteger(octets: Uint8Array): bigint {
  const hex = Buffer.from(octets).toString("hex");
  return BigInt.asIntN(octets.length * 8, BigInt(`0x${hex}`));
}

/** The bits of a BIT STRING right-aligned, as Go's asn1.BitString.RightAlign. */
export function rightAligned({ bytes, unused }: BitString): Uint8Array {
  if (unused === 0) return bytes;
  return bytes.map((byte, at) => (byte >> unused) | ((bytes[at - 1] ?? 0) << (8 - unused)));
}

/** Dotted text of an OBJECT IDENTIFIER's content; undefined unless minimal and below 2³¹ in every arc. */
export function oidText(content: Uint8Array): string | undefined {
  let text = "";
  let arc = 0;
  let octets = 0;
  for (const octet of content) {
    if (octets === 0 && octet === 0x80) return undefined;
    if (++octets > 5 || arc >= 1 << 24) return undefined;
    arc = arc * 128 + (octet & 0x7f);
    if (octet & 0x80) continue;
    text += text === "" ? firstArcs(arc) : `.${arc}`;
    arc = 0;
    octets = 0;
  }
  return octets === 0 && text !== "" ? text : undefined;
}

function firstArcs(packed: number): string {
  return packed < 80 ? `${Math.floor(packed / 40)}.${packed % 40}` : `2.${packed - 80}`;
}
