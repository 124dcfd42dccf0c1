import { OctetReader } from "./octets.ts";
import type { Packet } from "./packet.ts";

/** A literal packet: the document. */
export interface Literal {
  /** what was signed */
  readonly octets: Uint8Array;
  /** its mode, name and date, which only version 5 signatures cover */
  readonly head: Uint8Array;
  /** what a program gets to read: of a text, without carriage returns */
  readonly contents: Uint8Array;
}

/**
 * Reads a literal packet as gpg does.
 * Source: GnuPG g10/parse-packet.c, parse_plaintext; g10/plaintext.c, handle_plaintext.
 * @returns undefined where gpg finds the packet invalid
 */
export function readLiteral({ body, framing }: Packet): Literal | undefined {
  if (body.length < 6)
    return framing === "definite" ? undefined : { octets: empty, head: Buffer.alloc(6), contents: empty };
  const reader = new OctetReader(body);
  const mode = reader.number(1) ?? 0;
  const nameLength = reader.number(1) ?? 0;
  const name = Buffer.alloc(nameLength);
  name.set(reader.take(Math.min(nameLength, reader.left - 4)) ?? empty);
  const date = reader.take(4) ?? empty;
  const octets = reader.rest();
  const head = Buffer.concat([Uint8Array.of(mode, nameLength), name, date]);
  const isText = mode === 0x74 || mode === 0x75;
  return { octets, head, contents: isText ? octets.filter((octet) => octet !== 0x0d) : octets };
}

const empty = new Uint8Array();
