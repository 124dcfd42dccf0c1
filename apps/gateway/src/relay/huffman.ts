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

/** Two children per node; a positive entry is the next node, a negative one is a symbol, as `-1 - symbol`. */
const tree: Int16Array = buildTree();

function buildTree(): Int16Array {
  const children = new Int16Array(2 * lengths.length);
  let nodes = 1;
  let code = 0;
  const bySizeThenSymbol = lengths
    .map((length, symbol) => ({ length, symbol }))
    .sort((a, b) => a.length - b.length || a.symbol - b.symbol);
  let previousLength = 0;
  for (const { length, symbol } of bySizeThenSymbol) {
    code <<= length - previousLength;
    previousLength = length;
    let node = 0;
    for (let bit = length - 1; bit > 0; bit--) {
      const slot = 2 * node + ((code >>> bit) & 1);
      if (children[slot] === 0) children[slot] = nodes++;
      node = children[slot] as number;
    }
    children[2 * node + (code & 1)] = -1 - symbol;
    code++;
  }
  return children;
}

/**
 * The bytes a Huffman-coded string stands for, or undefined when it is not one: padding longer than seven
 * bits, padding other than EOS's leading ones, or EOS itself (each MUST be an error, RFC 7541 §5.2).
 */
export function decodeHuffman(coded: Uint8Array): Buffer | undefined {
  // The shortest code has five bits.
  const decoded = Buffer.allocUnsafe(Math.ceil((coded.length * 8) / 5));
  let length = 0;
  let node = 0;
  let pendingBits = 0;
  let pendingOnes = true;
  for (const byte of coded) {
    for (let bit = 7; bit >= 0; bit--) {
      const one = (byte >>> bit) & 1;
      const next = tree[2 * node + one] as number;
      if (next >= 0) {
        node = next;
        pendingBits++;
        pendingOnes &&= one === 1;
        continue;
      }
      const symbol = -1 - next;
      if (symbol === endOfString) return undefined;
      decoded[length++] = symbol;
      node = 0;
      pendingBits = 0;
      pendingOnes = true;
    }
  }
  return pendingBits > 7 || !pendingOnes ? undefined : decoded.subarray(0, length);
}
