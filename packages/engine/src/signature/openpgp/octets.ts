/** Reads octets from the front; everything returns undefined where there are not enough left. */
export class OctetReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  /** An unsigned number of so many octets, at most four. */
  number(size: 1 | 2 | 4): number | undefined {
    const octets = this.take(size);
    return octets?.reduce((value, octet) => value * 256 + octet, 0);
  }

  take(length: number): Uint8Array | undefined {
    if (length > this.left) return undefined;
    const start = this.#at;
    this.#at += length;
    return this.#bytes.subarray(start, this.#at);
  }

  /** Octets that their length in one octet stands before. */
  short(): Uint8Array | undefined {
    const length = this.number(1);
    return length === undefined ? undefined : this.take(length);
  }

  /** Octets that their length in two octets stands before. */
  long(): Uint8Array | undefined {
    const length = this.number(2);
    return length === undefined ? undefined : this.take(length);
  }

  /** A multiprecision integer's octets, as written: at most 16384 bits. */
  mpi(): Mpi | undefined {
    const bits = this.number(2);
    if (bits === undefined || bits > maxMpiBits) return undefined;
    const octets = this.take(Math.ceil(bits / 8));
    return octets === undefined ? undefined : { bits, octets };
  }

  rest(): Uint8Array {
    return this.#bytes.subarray(this.#at);
  }
}

export interface Mpi {
  /** as it says; perhaps more than the octets need */
  readonly bits: number;
  readonly octets: Uint8Array;
}

const maxMpiBits = 16384;

/** The number's own octets: without leading zeros. */
export function significant(octets: Uint8Array): Uint8Array {
  const start = octets.findIndex((octet) => octet !== 0);
  return start < 0 ? octets.subarray(octets.length) : octets.subarray(start);
}

export function bitLength(octets: Uint8Array): number {
  const [first, ...rest] = significant(octets);
  return first === undefined ? 0 : rest.length * 8 + 32 - Math.clz32(first);
}

/** An unsigned number in big-endian octets. */
export function bigEndian(value: number, size: 1 | 2 | 4): Buffer {
  const octets = Buffer.alloc(size);
  octets.writeUIntBE(value, 0, size);
  return octets;
}

/** Octets with zeros before them; undefined if they are too many. */
export function padded(octets: Uint8Array, length: number): Uint8Array | undefined {
  const number = significant(octets);
  return number.length > length ? undefined : Buffer.concat([Buffer.alloc(length - number.length), number]);
}

/** What gpg reads where the input ends before: ones. */
export function withOnes(octets: Uint8Array, length: number): Uint8Array {
  return octets.length >= length
    ? octets
    : Buffer.concat([octets, Buffer.alloc(length - octets.length, 0xff)]);
}

/** In lower case, as tables of curves have it. */
export function lowerHexadecimal(octets: Uint8Array): string {
  return Buffer.from(octets).toString("hex");
}

/** In upper case, as fingerprints are written. */
export function hexadecimal(octets: Uint8Array): string {
  return lowerHexadecimal(octets).toUpperCase();
}
