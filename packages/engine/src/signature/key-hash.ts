import { hash } from "node:crypto";

/** By the very object that was parsed: as long as that is kept, and no longer. */
const hashes = new WeakMap<object, Uint8Array>();

/**
 * The SHA-256 by which logs and their promises name a key. Those of CAs and logs are asked for with every signature.
 * @param of - what was parsed, and never changes: a key, or the certificate that holds it
 * @param spki - its SubjectPublicKeyInfo
 */
export function keyHash(of: object, spki: Uint8Array): Uint8Array {
  const known = hashes.get(of) ?? hash("sha256", spki, "buffer");
  hashes.set(of, known);
  return known;
}
