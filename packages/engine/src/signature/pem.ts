import { decodeBase64 } from "../values/strict-base64.ts";
import { refuse } from "./invalid.ts";

/** One block of PEM; what stood before it is ignored. */
export interface PemBlock {
  /** the words of the BEGIN line, byte for byte */
  readonly label: string;
  /** whether `Key: value` lines stood before the base64 */
  readonly hasHeaders: boolean;
  readonly bytes: Uint8Array;
}

/**
 * Finds the next block as Go's pem.Decode does, including what it forgives: text before the block, blanks at line
 * ends, a BEGIN without END, a block that does not decode (it is skipped).
 * @param text Latin-1, one character a byte; see {@link pemText}
 * @returns the block and the text after its END line; undefined if there is none
 */
export function nextPemBlock(text: string): { readonly block: PemBlock; readonly rest: string } | undefined {
  let rest = text;
  for (;;) {
    const end = rest.indexOf(endMark);
    if (end < 0) return undefined;
    const begin = lastBeginBefore(rest, end);
    const afterEnd = rest.slice(end + endMark.length);
    if (begin === undefined) {
      rest = afterEnd;
      continue;
    }
    const found = readBlock(rest.slice(begin), end - begin);
    if (found === "no more") return undefined;
    if (found !== undefined) return found;
    rest = afterEnd;
  }
}

/**
 * The block of a text that must hold one and nothing after it, not even white space.
 * @param what names the text in the message
 * @throws CountersignError SIGNATURE_INVALID
 */
export function solePemBlock(pem: Uint8Array, what: string): PemBlock {
  const found = nextPemBlock(pemText(pem)) ?? refuse(`${what} is not in PEM format`);
  if (found.rest !== "") refuse(`${what} has trailing data`);
  return found.block;
}

/** All bytes as Latin-1, so that offsets in the text are offsets in the bytes. */
export function pemText(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1");
}

const beginMark = "-----BEGIN ";
const endMark = "\n-----END ";
const dashes = "-----";

/** A BEGIN counts only at the start of a line, and only the last one before the END is looked at. */
function lastBeginBefore(text: string, end: number): number | undefined {
  const begin = text.lastIndexOf(beginMark, end - beginMark.length);
  if (begin < 0 || end < beginMark.length) return undefined;
  return begin === 0 || text[begin - 1] === "\n" ? begin : undefined;
}

/** @param text starts with the BEGIN mark; @param end where the END mark is in it */
function readBlock(
  text: string,
  end: number,
): { readonly block: PemBlock; readonly rest: string } | "no more" | undefined {
  const labelLine = lineAt(text, beginMark.length);
  if (!labelLine.line.endsWith(dashes)) return undefined;
  const label = labelLine.line.slice(0, -dashes.length);
  let at = labelLine.next;
  let hasHeaders = false;
  for (;;) {
    if (at >= text.length) return "no more";
    const { line, next } = lineAt(text, at);
    if (!line.includes(":")) break;
    hasHeaders = true;
    at = next;
  }
  const trailer = end + endMark.length;
  if (at > trailer) return "no more";
  if (hasHeaders && end < at) return undefined;
  if (!text.startsWith(label + dashes, trailer)) return undefined;
  const { line: afterTrailer, next } = lineAt(text, trailer + label.length + dashes.length);
  if (afterTrailer !== "") return undefined;
  const bytes = decode(text.slice(at, Math.max(at, end)));
  return bytes === undefined ? undefined : { block: { label, hasHeaders, bytes }, rest: text.slice(next) };
}

function decode(base64: string): Uint8Array | undefined {
  try {
    return decodeBase64(base64.replaceAll(/[ \t]/g, ""));
  } catch {
    return undefined;
  }
}

/** The line from `at` on, without its end and trailing blanks, and where the next one begins. */
function lineAt(text: string, at: number): { readonly line: string; readonly next: number } {
  const newline = text.indexOf("\n", at);
  const stop = newline < 0 ? text.length : newline > at && text[newline - 1] === "\r" ? newline - 1 : newline;
  let last = stop;
  while (last > at && (text[last - 1] === " " || text[last - 1] === "\t")) last--;
  return { line: text.slice(at, last), next: newline < 0 ? text.length : newline + 1 };
}
