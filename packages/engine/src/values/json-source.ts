import { CountersignError } from "./error.ts";
import { quoteCharacter } from "./go-format.ts";

/** JSON text being read, and how far. */
export interface JsonSource {
  readonly bytes: Buffer;
  at: number;
}

export function skipSpace(source: JsonSource): void {
  const { bytes } = source;
  while (isSpace(bytes[source.at])) source.at++;
}

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

/** Steps over `byte` if it comes next. */
export function skipByte(source: JsonSource, byte: number): boolean {
  if (source.bytes[source.at] !== byte) return false;
  source.at++;
  return true;
}

/** The error for what stands at `source.at`, in the words of Go's encoding/json. */
export function unexpected(source: JsonSource, context: string): CountersignError {
  const byte = source.bytes[source.at];
  if (byte === undefined) return new CountersignError("JSON_INVALID", "unexpected end of JSON input");
  return invalidCharacter(byte, context);
}

/** The same inside a number, a literal or an escape, where Go reads the end of the text as a space. */
export function unexpectedInToken(source: JsonSource, context: string): CountersignError {
  return invalidCharacter(source.bytes[source.at] ?? 0x20, context);
}

/** Go prints the byte as if it were a character: the first of a UTF-8 sequence comes out as Latin-1. */
function invalidCharacter(byte: number, context: string): CountersignError {
  const character = quoteCharacter(String.fromCharCode(byte));
  return new CountersignError("JSON_INVALID", `invalid character ${character} ${context}`);
}
