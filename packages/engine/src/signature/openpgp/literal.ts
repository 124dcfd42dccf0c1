import { OctetReader } from "./octets.ts";
import type { Packet } from "./packet.ts";

/** A literal packet: the document. */
export interface Literal {
  /** what was signed */
  readonly octets: Uint8Array;
  /** what was signed by a signature over text, whose lines all end in CR LF; what says it is text is left as it is */
  readonly asText: Uint8Array;
  /** its mode, name and date, which only version 5 signatures cover */
  readonly head: Uint8Array;
  /** what a program gets to read: of a text, without carriage returns */
  readonly contents: Uint8Array;
}

/**
 * Reads a literal packet as gpg does.
 * Source: GnuPG g10/parse-packet.c, parse_plaintext; g10/plaintext.c, handle_plaintext. Signatures over text of what
 * does not say that it is any are verified as by Debian's gpg.
 * @returns undefined where gpg finds the packet invalid
 */
export function readLiteral({ body, framing }: Packet): Literal | undefined {
  if (body.length < 6)
    return framing === "definite"
      ? undefined
      : { octets: empty, asText: empty, head: Buffer.alloc(6), contents: empty };
  const reader = new OctetReader(body);
  const mode = reader.number(1) ?? 0;
  const nameLength = reader.number(1) ?? 0;
  const name = Buffer.alloc(nameLength);
  name.set(reader.take(Math.min(nameLength, reader.left - 4)) ?? empty);
  const date = reader.take(4) ?? empty;
  const octets = reader.rest();
  const head = Buffer.concat([Uint8Array.of(mode, nameLength), name, date]);
  return {
    octets,
    asText: textModes.has(mode) ? octets : withNetworkLineEnds(octets),
    head,
    contents: mode === mime || !textModes.has(mode) ? octets : octets.filter((octet) => octet !== 0x0d),
  };
}

const mime = 0x6d;
/** `m`, `t` and `u` */
const textModes: ReadonlySet<number> = new Set([mime, 0x74, 0x75]);

function withNetworkLineEnds(octets: Uint8Array): Uint8Array {
  return Buffer.from(
    Buffer.from(octets)
      .toString("latin1")
      .replaceAll(/(?<!\r)\n/g, "\r\n"),
    "latin1",
  );
}

const empty = new Uint8Array();
