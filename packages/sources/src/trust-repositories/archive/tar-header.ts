import { isUtf8 } from "node:buffer";
import { quote } from "@countersign/engine/values/go-format";
import { refused } from "../tuf-rules.ts";

/** What stands in the block before an entry's content. */
export interface TarHeader {
  readonly name: string;
  /** bytes of content */
  readonly size: number;
  readonly type: TarEntryType;
}

export type TarEntryType =
  | "file"
  | "directory"
  /** pax: what the next entry's header has no room for */
  | "extended"
  /** pax: the same for all that follow */
  | "global"
  /** GNU: the next entry's name */
  | "longName";

export const blockSize = 512;

const types: Readonly<Record<string, TarEntryType>> = {
  "0": "file",
  "\0": "file",
  "5": "directory",
  x: "extended",
  g: "global",
  L: "longName",
};

/** For people: what else there may be in an archive and is not read. */
const refusedTypes: Readonly<Record<string, string>> = {
  "1": "a hard link",
  "2": "a symbolic link",
  "3": "a device",
  "4": "a device",
  "6": "a pipe",
  K: "a link with a long name",
  S: "a file with holes",
};

/**
 * Source: POSIX.1-2017 pax, ustar interchange format; GNU tar manual, Basic Tar Format.
 * @param block - of {@link blockSize} bytes
 * @throws CountersignError TRUST_REPOSITORY_UNUSABLE
 */
export function parseTarHeader(block: Uint8Array): TarHeader {
  const bytes = Buffer.from(block.buffer, block.byteOffset, block.byteLength);
  const magic = bytes.toString("latin1", 257, 265);
  if (magic !== "ustar\x0000" && magic !== "ustar  \0") throw refused("a header of it is none of tar's");
  if (octal(bytes, 148, 8, "checksum") !== checksum(bytes)) {
    throw refused("a header's checksum is not that of the header");
  }
  // GNU keeps times where POSIX has the first part of a long name
  const prefix = magic === "ustar  \0" ? "" : text(bytes, 345, 155);
  const own = text(bytes, 0, 100);
  const name = prefix === "" ? own : `${prefix}/${own}`;
  const flag = bytes.toString("latin1", 156, 157);
  const type = Object.hasOwn(types, flag) ? types[flag] : undefined;
  if (type === undefined) {
    const what = Object.hasOwn(refusedTypes, flag) ? refusedTypes[flag] : `of type ${quote(flag)}`;
    throw refused(`${quote(name)} is ${what}; only files and directories are read`);
  }
  return { name, type, size: octal(bytes, 124, 12, `size of ${quote(name)}`) };
}

/** @throws CountersignError TRUST_REPOSITORY_UNUSABLE for what is no UTF-8: two readers might call the file by different names */
export function nameFrom(bytes: Uint8Array): string {
  if (!isUtf8(bytes)) throw refused("a name in it is no UTF-8");
  return Buffer.from(bytes).toString();
}

function text(block: Buffer, from: number, length: number): string {
  const field = block.subarray(from, from + length);
  const end = field.indexOf(0);
  return nameFrom(end === -1 ? field : field.subarray(0, end));
}

/** A number in base 256, which GNU writes for what is larger than 8 GiB, is larger than what is read. */
function octal(block: Buffer, from: number, length: number, what: string): number {
  const [, digits] = /^ *([0-7]+)[ \0]*$/.exec(block.toString("latin1", from, from + length)) ?? [];
  if (digits === undefined) throw refused(`the ${what} is no number`);
  return Number.parseInt(digits, 8);
}

/** Of all bytes, those of the checksum itself taken for spaces. */
function checksum(block: Buffer): number {
  let sum = 0;
  for (let at = 0; at < blockSize; at++) sum += at >= 148 && at < 156 ? 0x20 : (block[at] ?? 0);
  return sum;
}
