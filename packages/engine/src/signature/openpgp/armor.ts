import { looksBinary } from "./packet.ts";

/** What a key file holds, its armor taken off. */
export interface DearmoredFile {
  readonly packets: Uint8Array;
  /** whether something of it could not be read; gpg then takes nothing of the key that it was in */
  readonly isBroken: boolean;
}

/**
 * Takes the armor off a key file as gpg does when it imports: any text may stand around the blocks, and there may be
 * several. A file that begins as packets do has none.
 * Source: GnuPG g10/armor.c.
 */
export function dearmor(file: Uint8Array): DearmoredFile {
  if (file.length < 2 || looksBinary(file)) return { packets: file, isBroken: false };
  const lines = Buffer.from(file).toString("latin1").split("\n");
  const blocks: Uint8Array[] = [];
  for (let at = 0; ; ) {
    const begin = lines.findIndex((line, index) => index >= at && isKeyBlock(line));
    if (begin < 0) break;
    const block = readBlock(lines, skipHeaders(lines, begin + 1));
    blocks.push(block.octets);
    if (block.end === "broken") return { packets: Buffer.concat(blocks), isBroken: true };
    if (block.end === undefined) break;
    at = block.end;
  }
  return { packets: Buffer.concat(blocks), isBroken: false };
}

function isKeyBlock(line: string): boolean {
  return /^-----BEGIN PGP (?:PUBLIC KEY|PRIVATE KEY|SECRET KEY) BLOCK-----[ \t\r]*$/.test(line);
}

/** Lines `Name: text` up to an empty one; a line that is neither is data already. */
function skipHeaders(lines: readonly string[], start: number): number {
  let at = start;
  while (/:(?: |\r?$)/.test(lines[at] ?? "")) at++;
  return at;
}

interface Block {
  readonly octets: Uint8Array;
  /** the line after it; undefined if gpg looks for no further block */
  readonly end: number | "broken" | undefined;
}

/** What is no base64 is passed over; only check octets tell whether something was lost. */
function readBlock(lines: readonly string[], start: number): Block {
  let base64 = "";
  for (let at = start; at < lines.length; at++) {
    const line = lines[at] ?? "";
    if (line.startsWith("-----END ")) return { octets: decode(base64), end: undefined };
    const padding = line.indexOf("=");
    base64 += padding < 0 ? line : line.slice(0, padding);
    if (padding < 0) continue;
    const octets = decode(base64);
    const checked = checkOctets(lines, at, line.slice(padding));
    const isGood = checked.text === "" || checked.text === crc24(octets);
    return isGood ? { octets, end: checked.end } : { octets: new Uint8Array(), end: "broken" };
  }
  return { octets: decode(base64), end: undefined };
}

/** Behind the data and its padding: `=` and four characters, if there are any. */
function checkOctets(lines: readonly string[], at: number, rest: string) {
  const here = rest.replaceAll(/[= \t\r]/g, "");
  if (here !== "") return { text: here, end: at + 1 };
  let next = at + 1;
  while (/^[= \t\r]*$/.test(lines[next] ?? "-")) next++;
  const [, text = ""] = /^[= \t]*([A-Za-z0-9+/]*)[ \t\r]*$/.exec(lines[next] ?? "") ?? [];
  return { text, end: next };
}

function decode(text: string): Uint8Array {
  return Buffer.from(text.replaceAll(/[^A-Za-z0-9+/]/g, ""), "base64");
}

/** RFC 4880 section 6.1, in base64. */
function crc24(octets: Uint8Array): string {
  let crc = 0xb704ce;
  for (const octet of octets) {
    crc ^= octet << 16;
    for (let bit = 0; bit < 8; bit++) crc = crc & 0x800000 ? ((crc << 1) & 0xffffff) ^ 0x864cfb : crc << 1;
  }
  return Buffer.from([crc >> 16, crc >> 8, crc]).toString("base64");
}
