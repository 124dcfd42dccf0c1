import { errorCode } from "./frame.ts";
import { ConnectionFault } from "./frame-reader.ts";
import { fieldBytes, type HeaderField, literalField } from "./header-field.ts";
import { decodeHuffman } from "./huffman.ts";
import { staticTable } from "./static-table.ts";

/** SETTINGS_HEADER_TABLE_SIZE as it is unless announced otherwise; the relay never announces another. */
export const tableBytes = 4096;
/** A decoded list larger than this ends the connection: some bytes of indexes can stand for megabytes. */
export const maxListBytes = 256 * 1024;

/** Decodes one sender's header blocks, in order (RFC 7541). Every block must pass, even if nobody needs it. */
export class HpackDecoder {
  /** oldest first */
  readonly #entries: HeaderField[] = [];
  #used = 0;
  #limit = tableBytes;
  #block: Buffer = Buffer.alloc(0);
  #at = 0;

  /** @throws ConnectionFault COMPRESSION_ERROR; the tables no longer agree and nothing after can be read */
  decode(block: Buffer): HeaderField[] {
    this.#block = block;
    this.#at = 0;
    const fields: HeaderField[] = [];
    let listBytes = 0;
    while (this.#at < block.length) {
      const first = block[this.#at] as number;
      if ((first & 0xe0) === 0x20) {
        if (fields.length > 0) throw malformed("a table size update after the first field");
        this.#resize(this.#integer(5));
        continue;
      }
      const field = this.#field(first);
      listBytes += fieldBytes(field);
      if (listBytes > maxListBytes)
        throw new ConnectionFault(errorCode.enhanceYourCalm, "a header list is too large");
      fields.push(field);
    }
    return fields;
  }

  #field(first: number): HeaderField {
    if (first & 0x80) return this.#lookup(this.#integer(7));
    if (first & 0x40) {
      const field = this.#literal(6, false);
      this.#insert(field);
      return field;
    }
    return this.#literal(4, (first & 0x10) !== 0);
  }

  #literal(prefixBits: number, neverIndexed: boolean): HeaderField {
    const index = this.#integer(prefixBits);
    const name = index === 0 ? this.#string() : this.#lookup(index).name;
    return literalField(name, this.#string(), neverIndexed);
  }

  #lookup(index: number): HeaderField {
    const field =
      index <= staticTable.length
        ? staticTable[index - 1]
        : this.#entries[this.#entries.length - (index - staticTable.length)];
    if (field === undefined) throw malformed(`index ${index} is in no table`);
    return field;
  }

  /** An entry larger than the whole table empties it, and is not an error (RFC 7541 §4.4). */
  #insert(field: HeaderField): void {
    const size = fieldBytes(field);
    this.#evictTo(Math.max(0, this.#limit - size));
    if (size > this.#limit) return;
    this.#entries.push(field);
    this.#used += size;
  }

  #resize(limit: number): void {
    if (limit > tableBytes) throw malformed(`a table of ${limit} bytes was never allowed`);
    this.#limit = limit;
    this.#evictTo(limit);
  }

  #evictTo(limit: number): void {
    while (this.#used > limit) this.#used -= fieldBytes(this.#entries.shift() as HeaderField);
  }

  #integer(prefixBits: number): number {
    const mask = (1 << prefixBits) - 1;
    let value = this.#byte() & mask;
    if (value < mask) return value;
    // Three more bytes reach two million: more than any length or index that could be meant.
    for (let shift = 0; shift < 21; shift += 7) {
      const byte = this.#byte();
      value += (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    throw malformed("an integer is too large");
  }

  #string(): string {
    const huffman = ((this.#block[this.#at] ?? 0) & 0x80) !== 0;
    const length = this.#integer(7);
    const end = this.#at + length;
    if (end > this.#block.length) throw malformed("a string ends after its block");
    const bytes = this.#block.subarray(this.#at, end);
    this.#at = end;
    const decoded = huffman ? decodeHuffman(bytes) : bytes;
    if (decoded === undefined) throw malformed("a Huffman-coded string is not one");
    return decoded.toString("latin1");
  }

  #byte(): number {
    const byte = this.#block[this.#at++];
    if (byte === undefined) throw malformed("a field ends after its block");
    return byte;
  }
}

function malformed(what: string): ConnectionFault {
  return new ConnectionFault(errorCode.compressionError, `header block: ${what}`);
}
