import { isUtf8 } from "node:buffer";

const simpleEscapes: ReadonlyMap<string, string> = new Map([
  ['"', '"'],
  ["\\", "\\"],
  ["/", "/"],
  ["b", "\b"],
  ["f", "\f"],
  ["n", "\n"],
  ["r", "\r"],
  ["t", "\t"],
]);

/**
 * The value of a JSON string literal whose syntax was already checked: `literal` is what stands between its
 * quotes, a character per byte. As Go's encoding/json reads it: each byte that is not UTF-8 and each unpaired
 * surrogate becomes U+FFFD.
 */
export function decodeStringLiteral(literal: string): string {
  let out = "";
  let from = 0;
  for (let at = literal.indexOf("\\"); at !== -1; at = literal.indexOf("\\", from)) {
    out += decodeUtf8(literal.slice(from, at));
    const kind = literal.charAt(at + 1);
    out += simpleEscapes.get(kind) ?? String.fromCharCode(Number.parseInt(literal.slice(at + 2, at + 6), 16));
    from = at + (kind === "u" ? 6 : 2);
  }
  return (out + decodeUtf8(literal.slice(from))).toWellFormed();
}

/**
 * UTF-8, a character per byte, to text with one U+FFFD for every byte that does not belong, as Go ranges over a
 * string. (TextDecoder puts one U+FFFD for a whole broken sequence, so a name could differ between the two.)
 */
function decodeUtf8(latin1: string): string {
  if (latin1 === "") return ""; // between two escapes, of which there may be many
  const bytes = Buffer.from(latin1, "latin1");
  if (isUtf8(bytes)) return bytes.toString();
  let out = "";
  for (let at = 0; at < bytes.length; ) {
    const length = sequenceLength(bytes[at] ?? 0);
    const sequence = bytes.subarray(at, at + length);
    const whole = sequence.length === length && isUtf8(sequence);
    out += whole ? sequence.toString() : "\ufffd";
    at += whole ? length : 1;
  }
  return out;
}

function sequenceLength(firstByte: number): number {
  if (firstByte < 0xc0) return 1;
  if (firstByte < 0xe0) return 2;
  return firstByte < 0xf0 ? 3 : 4;
}
