/** Bytes of a policy file that are read. Room for tens of thousands of scopes; keeps one edit from filling memory. */
export const maxPolicySize: number = 16 * 1024 * 1024;

/** Why a file would not be read, and what to do; undefined if it would. */
export function faultOfSize(text: string): string | undefined {
  const size = Buffer.byteLength(text);
  if (size <= maxPolicySize) return undefined;
  return `the file would have ${size} bytes, and a gateway reads ${maxPolicySize}: let the policies have fewer scopes and globs, or shorter keys and certificates`;
}
