import { constants, hash, type KeyObject, publicDecrypt } from "node:crypto";
import { sameBytes } from "./certificate-pool.ts";

type HashName = "sha256" | "sha384" | "sha512";

/**
 * Whether an RSASSA-PSS signature is over a message of which only the digest is known: Node's crypto takes no digest for
 * it. OpenSSL raises the signature to the key's power; what comes out is taken apart here. The salt may have any length,
 * as Go's signer takes the longest that fits; its mask is made with the message's own hash. Everything in it is public.
 * Source: RFC 8017 §8.1.2 and §9.1.2
 */
export function pssVerifiesDigest(
  key: KeyObject,
  algorithm: HashName,
  digest: Uint8Array,
  signature: Uint8Array,
): boolean {
  const bits = (key.asymmetricKeyDetails?.modulusLength ?? 0) - 1;
  const encoded = encodedMessage(key, signature, Math.ceil(bits / 8));
  const seedAt = (encoded?.length ?? 0) - digest.length - 1;
  if (encoded === undefined || seedAt < 1 || encoded.at(-1) !== trailer) return false;
  const seed = encoded.subarray(seedAt, -1);
  // of the first octet, those bits that the modulus has none for must be 0, and are not part of the block
  const used = bits % 8 === 0 ? 0xff : (1 << (bits % 8)) - 1;
  if (((encoded[0] ?? 0) & ~used) !== 0) return false;
  const mask = maskOf(algorithm, seed, seedAt);
  const block = encoded.subarray(0, seedAt).map((octet, at) => octet ^ (mask[at] ?? 0));
  block[0] = (block[0] ?? 0) & used;
  const end = block.findIndex((octet) => octet !== 0);
  if (block[end] !== 1) return false;
  const salted = Buffer.concat([Buffer.alloc(8), digest, block.subarray(end + 1)]);
  return sameBytes(hash(algorithm, salted, "buffer"), seed);
}

const trailer = 0xbc;

/** What was signed, padding and all; undefined if the signature is no number below the modulus, or it is too long. */
function encodedMessage(key: KeyObject, signature: Uint8Array, length: number): Uint8Array | undefined {
  try {
    const octets = publicDecrypt({ key, padding: constants.RSA_NO_PADDING }, signature);
    const excess = octets.subarray(0, octets.length - length);
    return excess.every((octet) => octet === 0) ? octets.subarray(excess.length) : undefined;
  } catch {
    return undefined;
  }
}

/** MGF1: RFC 8017 §B.2.1. */
function maskOf(algorithm: HashName, seed: Uint8Array, length: number): Uint8Array {
  const parts: Uint8Array[] = [];
  for (let at = 0, n = 0; at < length; n++) {
    const counter = Buffer.alloc(4);
    counter.writeUInt32BE(n);
    const part = hash(algorithm, Buffer.concat([seed, counter]), "buffer");
    parts.push(part);
    at += part.length;
  }
  return Buffer.concat(parts);
}
