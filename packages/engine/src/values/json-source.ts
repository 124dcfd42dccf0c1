import { CountersignError } from "./error.ts";
import { quoteCharacter } from "./go-format.ts";

/**
 * JSON text being read, and how far. The text has a character per byte (Latin-1): scanning that is several times
 * faster than scanning a Buffer, and errors can name the very byte.
 */
export interface JsonSource {
  readonly text: string;
  at: number;
}

export function jsonSource(text: string | Uint8Array): JsonSource {
  const bytes =
    typeof text === "string" ? Buffer.from(text) : Buffer.from(text.buffer, text.byteOffset, text.byteLength);
  return { text: bytes.toString("latin1"), at: 0 };
}

/** The byte that comes next; NaN at the end, which equals nothing and is in no range. */
export function nextByte(source: JsonSource): number {
  return source.text.charCodeAt(source.at);
}

export function skipSpace(source: JsonSource): void {
  const { text } = source;
  let { at } = source;
  while (isSpace(text.charCodeAt(at))) at++;
  source.at = at;
}

function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

/** Steps over `byte` if it comes next. */
export function skipByte(source: JsonSource, byte: number): boolean {
  if (nextByte(source) !== byte) return false;
  source.at++;
  return true;
}

/** The error for what stands at `source.at`, in the words of Go's encoding/json. */
export function unexpected(source: JsonSource, context: string): CountersignError {
  if (source.at < source.text.length) return invalidCharacter(source, context);
  return new CountersignError("JSON_INVALID", "unexpected end of JSON input");
}

/** The same inside a number, a literal or an escape, where Go reads the end of the text as a space. */
export function unexpectedInToken(source: JsonSource, context: string): CountersignError {
  return invalidCharacter(source, context);
}

/** Go prints the byte as if it were a character: the first of a UTF-8 sequence comes out as Latin-1. */
function invalidCharacter(source: JsonSource, context: string): CountersignError {
  const character = quoteCharacter(source.text.charAt(source.at) || " ");
  return new CountersignError("JSON_INVALID", `invalid character ${character} ${context}`);
}

/** A place in a text, for people: both from 1, the column in characters. */
export interface TextPlace {
  readonly line: number;
  readonly column: number;
}

/** Where `at` is. */
export function lineAndColumn({ text, at }: JsonSource): TextPlace {
  let line = 1;
  let start = 0;
  for (let end = text.indexOf("\n"); end !== -1 && end < at; end = text.indexOf("\n", start)) {
    line++;
    start = end + 1;
  }
  const before = Buffer.from(text.slice(start, at), "latin1").toString();
  return { line, column: [...before].length + 1 };
}
