/** What a password costs that is stretched by scrypt (RFC 7914): a key file says it, and must not choose freely. */
export interface ScryptCost {
  /** a power of two */
  readonly N: number;
  readonly r: number;
  readonly p: number;
}

/** What cosign writes. */
export const usualCost: ScryptCost = { N: 65_536, r: 8, p: 1 };

/** Sixteen times as much as cosign asks for: some seconds. */
const maxWork = 16 * usualCost.N * usualCost.r * usualCost.p;

/** All that is kept in memory, in bytes: V, B and two blocks to work on. */
export function scryptMemory({ N, r, p }: ScryptCost): number {
  return 128 * r * (N + p + 2);
}

/**
 * To be asked before anything is computed.
 * @param maxMemory - bytes
 * @returns why it is not computed; undefined if it may be
 */
export function scryptFault(cost: ScryptCost, maxMemory: number): string | undefined {
  const { N, r, p } = cost;
  if (N < 2 || !Number.isInteger(Math.log2(N))) return "its N is no power of two";
  if (r < 1 || p < 1) return "its r and p are not positive";
  const memory = scryptMemory(cost);
  if (memory <= maxMemory && N * r * p <= maxWork) return undefined;
  return `to stretch its password by scrypt takes ${memory} bytes and ${N * r * p} steps, ${maxMemory} and ${maxWork} are allowed`;
}
