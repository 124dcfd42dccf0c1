/** Header fields, and their HPACK form that needs no dynamic table (RFC 7541 §6.2.2, §6.2.3). */

/** One header field as decoded. Names and values are Latin-1 strings: one character per byte. */
export interface HeaderField {
  readonly name: string;
  readonly value: string;
  /** The same field for any decoder, whatever its state: an index into the static table, or a literal. */
  readonly wire: Buffer;
}

/** How much a field counts against a table or a header list (RFC 7541 §4.1). */
export function fieldBytes(field: HeaderField): number {
  return field.name.length + field.value.length + 32;
}

/**
 * A field that was not decoded from anyone's block. `neverIndexed` keeps a sender's wish that no hop put the
 * value into a table.
 */
export function literalField(name: string, value: string, neverIndexed = false): HeaderField {
  const wire = Buffer.allocUnsafe(1 + 10 + name.length + value.length);
  wire[0] = neverIndexed ? 0x10 : 0x00;
  const afterName = writeString(wire, 1, name);
  return { name, value, wire: wire.subarray(0, writeString(wire, afterName, value)) };
}

/** A header block from fields. A block without table references leaves every decoder as it found it. */
export function encodeBlock(fields: readonly HeaderField[]): Buffer {
  return Buffer.concat(fields.map((field) => field.wire));
}

function writeString(into: Buffer, at: number, text: string): number {
  let next = at;
  if (text.length < 127) {
    into[next++] = text.length;
  } else {
    into[next++] = 127;
    let rest = text.length - 127;
    for (; rest >= 128; rest >>>= 7) into[next++] = 128 | (rest & 127);
    into[next++] = rest;
  }
  return next + into.write(text, next, "latin1");
}
