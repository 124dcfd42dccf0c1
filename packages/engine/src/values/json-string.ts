import { isAscii, isUtf8 } from "node:buffer";

const simpleEscapes: ReadonlyMap<number, string> = new Map([
  [0x22, '"'],
  [0x5c, "\\"],
  [0x2f, "/"],
  [0x62, "\b"],
  [0x66, "\f"],
  [0x6e, "\n"],
  [0x72, "\r"],
  [0x74, "\t"],
]);

/**
 * The value of a JSON string literal whose syntax was already checked: `literal` is what stands between its
 * quotes. As Go's encoding/json reads it: each byte that is not UTF-8 and each unpaired surrogate becomes U+FFFD.
 */
export function decodeStringLiteral(literal: Buffer): string {
  if (!literal.includes(0x5c)) return decodeUtf8(literal);
  let out = "";
  let from = 0;
  for (let at = literal.indexOf(0x5c); at !== -1; at = literal.indexOf(0x5c, from)) {
    out += decodeUtf8(literal.subarray(from, at));
    if (literal[at + 1] === 0x75) {
      out += String.fromCharCode(codeUnit(literal, at + 2));
      from = at + 6;
    } else {
      out += simpleEscapes.get(literal[at + 1] ?? 0) ?? "";
      from = at + 2;
    }
  }
  return (out + decodeUtf8(literal.subarray(from))).toWellFormed();
}

function codeUnit(literal: Buffer, at: number): number {
  return Number.parseInt(literal.toString("latin1", at, at + 4), 16);
}

/**
 * UTF-8 to text with one U+FFFD for every byte that does not belong, as Go ranges over a string. (TextDecoder
 * puts one U+FFFD for a whole broken sequence, so a name could differ between the two.)
 */
export function decodeUtf8(bytes: Buffer): string {
  if (isAscii(bytes)) return bytes.toString("latin1");
  if (isUtf8(bytes)) return bytes.toString("utf8");
  let out = "";
  for (let at = 0; at < bytes.length; ) {
    const length = sequenceLength(bytes[at] ?? 0);
    const sequence = bytes.subarray(at, at + length);
    const whole = sequence.length === length && isUtf8(sequence);
    out += whole ? sequence.toString("utf8") : "\ufffd";
    at += whole ? length : 1;
  }
  return out;
}

function sequenceLength(firstByte: number): number {
  if (firstByte < 0xc0) return 1;
  if (firstByte < 0xe0) return 2;
  return firstByte < 0xf0 ? 3 : 4;
}
