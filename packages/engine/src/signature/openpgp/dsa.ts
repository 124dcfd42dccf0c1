/**
 * Verifies a DSA signature over a digest of any kind; OpenSSL does it over the approved ones only, and not over
 * RIPEMD-160.
 * Source: FIPS 186-4 section 4.7.
 * @param key p, q, g and y
 */
export function verifiesDsa(
  key: readonly Uint8Array[],
  digest: Uint8Array,
  first: Uint8Array,
  second: Uint8Array,
): boolean {
  const [p = 0n, q = 0n, g = 0n, y = 0n] = key.map(integer);
  const [r, s] = [integer(first), integer(second)];
  if (p <= 1n || q <= 1n || r <= 0n || r >= q || s <= 0n || s >= q) return false;
  const excess = BigInt(Math.max(0, digest.length * 8 - q.toString(2).length));
  // q is a prime
  const w = power(s, q - 2n, q);
  const u1 = ((integer(digest) >> excess) * w) % q;
  const u2 = (r * w) % q;
  return ((power(g, u1, p) * power(y, u2, p)) % p) % q === r;
}

function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n;
  let square = base % modulus;
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = (result * square) % modulus;
    square = (square * square) % modulus;
  }
  return result;
}

function integer(octets: Uint8Array): bigint {
  return octets.length === 0 ? 0n : BigInt(`0x${Buffer.from(octets).toString("hex")}`);
}
