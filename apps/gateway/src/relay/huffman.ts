/**
 * HPACK's Huffman code (RFC 7541 §5.2, Appendix B). The code is canonical: codes of one length are numbered
 * in the order of their symbols, shorter ones first. So the lengths alone define it: one per symbol 0 to 255,
 * then EOS.
 */
const lengths: readonly number[] = [
  13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28,
  28, 28, 28, 28, 28, 6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6, 5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7,
  8, 15, 6, 12, 10, 13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19,
  13, 14, 6, 15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5, 6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13,
  28, 20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23, 24, 24, 22, 23, 24, 23, 23, 23, 23, 21,
  22, 23, 22, 23, 23, 24, 22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23, 21, 21, 22, 21, 23,
  22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23, 26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25,
  19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27, 20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25,
  25, 24, 24, 26, 23, 26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26, 30,
];

const endOfString = 256;

/** Symbols in the order of their codes. */
const symbols: readonly number[] = [...lengths.keys()].sort((a, b) => lengthOf(a) - lengthOf(b) || a - b);

/** Of each length, 0 to 30 bits: how many codes have it, and which is the first. */
const { counts, firstCodes } = codesByLength();

function lengthOf(symbol: number): number {
  return lengths[symbol] ?? 0;
}

function codesByLength() {
  const counts = new Int32Array(31);
  for (const length of lengths) counts[length] = at(counts, length) + 1;
  const firstCodes = new Int32Array(31);
  for (let length = 1; length <= 30; length++) {
    firstCodes[length] = (at(firstCodes, length - 1) + at(counts, length - 1)) << 1;
  }
  return { counts, firstCodes };
}

function at(table: Int32Array, index: number): number {
  return table[index] ?? 0;
}

/**
 * The bytes a Huffman-coded string stands for, or undefined when it is not one: padding longer than seven
 * bits, padding other than EOS's leading ones, or EOS itself (each MUST be an error, RFC 7541 §5.2).
 */
export function decodeHuffman(coded: Uint8Array): Buffer | undefined {
  // The shortest code has five bits.
  const decoded = Buffer.allocUnsafe(Math.ceil((coded.length * 8) / 5));
  let decodedLength = 0;
  let code = 0;
  let length = 0;
  /** where the symbols of codes as long as `code` begin */
  let firstSymbol = 0;
  for (const byte of coded) {
    for (let bit = 7; bit >= 0; bit--) {
      firstSymbol += at(counts, length);
      length++;
      code = (code << 1) | ((byte >>> bit) & 1);
      const nth = code - at(firstCodes, length);
      if (nth >= at(counts, length)) continue;
      const symbol = symbols[firstSymbol + nth] ?? endOfString;
      if (symbol === endOfString) return undefined;
      decoded[decodedLength++] = symbol;
      code = length = firstSymbol = 0;
    }
  }
  const isPadding = length <= 7 && code === (1 << length) - 1;
  return isPadding ? decoded.subarray(0, decodedLength) : undefined;
}
