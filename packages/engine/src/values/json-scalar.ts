import type { JsonScalar } from "./json.ts";
import { type JsonSource, nextByte, skipByte, unexpected, unexpectedInToken } from "./json-source.ts";
import { decodeStringLiteral } from "./json-string.ts";

/** Reads a string, number, `true`, `false` or `null` that begins at `source.at`. */
export function readScalar(source: JsonSource): JsonScalar {
  const first = nextByte(source);
  if (first === 0x22) return { kind: "string", value: readString(source) };
  if (first === 0x2d || isDigit(first)) return { kind: "number", text: readNumber(source) };
  switch (first) {
    case 0x74:
      readWord(source, "true");
      return { kind: "boolean", value: true };
    case 0x66:
      readWord(source, "false");
      return { kind: "boolean", value: false };
    case 0x6e:
      readWord(source, "null");
      return { kind: "null" };
    default:
      throw unexpected(source, "looking for beginning of value");
  }
}

/** Reads a string literal whose opening quote is at `source.at`. */
export function readString(source: JsonSource): string {
  source.at++;
  const start = source.at;
  let isPlain = true;
  for (let byte = nextByte(source); byte !== 0x22; byte = nextByte(source)) {
    if (!(byte >= 0x20)) throw unexpected(source, "in string literal");
    source.at++;
    if (byte === 0x5c) skipEscape(source);
    if (byte === 0x5c || byte >= 0x80) isPlain = false;
  }
  const literal = source.text.slice(start, source.at);
  source.at++;
  return isPlain ? literal : decodeStringLiteral(literal);
}

function skipEscape(source: JsonSource): void {
  const kind = nextByte(source);
  if (!escapes.has(kind)) throw unexpectedInToken(source, "in string escape code");
  source.at++;
  if (kind !== 0x75) return;
  for (let digits = 0; digits < 4; digits++) {
    if (!isHexDigit(nextByte(source))) {
      throw unexpectedInToken(source, "in \\u hexadecimal character escape");
    }
    source.at++;
  }
}

const escapes: ReadonlySet<number> = new Set(Buffer.from('"\\/bfnrtu'));

function readNumber(source: JsonSource): string {
  const start = source.at;
  skipByte(source, 0x2d);
  if (!skipByte(source, 0x30)) skipDigits(source, "in numeric literal");
  if (skipByte(source, 0x2e)) skipDigits(source, "after decimal point in numeric literal");
  if (skipByte(source, 0x65) || skipByte(source, 0x45)) {
    if (!skipByte(source, 0x2b)) skipByte(source, 0x2d);
    skipDigits(source, "in exponent of numeric literal");
  }
  return source.text.slice(start, source.at);
}

/** One digit or more. */
function skipDigits(source: JsonSource, context: string): void {
  if (!isDigit(nextByte(source))) throw unexpectedInToken(source, context);
  while (isDigit(nextByte(source))) source.at++;
}

function readWord(source: JsonSource, word: string): void {
  for (const letter of word) {
    if (!skipByte(source, letter.charCodeAt(0))) {
      throw unexpectedInToken(source, `in literal ${word} (expecting '${letter}')`);
    }
  }
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}

function isHexDigit(byte: number): boolean {
  const lower = byte | 0x20;
  return isDigit(byte) || (lower >= 0x61 && lower <= 0x66);
}
