import { createECDH, createHmac, hash } from "node:crypto";
import { encodeDer, encodeUnsignedInteger } from "@countersign/engine/signature/der-write";

/** A curve as Node calls it, and how many points there are (SEC 2 §2). */
export interface NamedCurve {
  readonly curve: string;
  readonly order: bigint;
}

export type EcdsaHash = "sha1" | "sha256" | "sha384" | "sha512";

/**
 * An ECDSA signature whose nonce comes from key and message (RFC 6979), so that the same key signs the same message with
 * the same bytes: what a test once made, and fuzzing kept, is made again. For tests alone: it takes no constant time.
 * @param scalar the private key, big-endian
 * @param salt - another one, another signature of the same message (§3.6)
 * @returns in DER
 */
export function signWithDerivedNonce(
  { curve, order }: NamedCurve,
  scalar: Uint8Array,
  message: Uint8Array,
  algorithm: EcdsaHash,
  salt = "",
): Uint8Array {
  const digest = hash(algorithm, message, "buffer");
  const e = truncated(digest, order) % order;
  const d = numberOf(scalar);
  for (const k of nonces(
    order,
    Buffer.concat([octets(d, order), octets(e, order), Buffer.from(salt)]),
    algorithm,
  )) {
    const r = abscissa(curve, k, order) % order;
    const s = (inverse(k, order) * (e + r * d)) % order;
    if (r !== 0n && s !== 0n)
      return encodeDer(0x30, ...[r, s].map((n) => encodeUnsignedInteger(octets(n, order))));
  }
  throw new Error("no nonce will do");
}

/** RFC 6979 §3.2, with the HMAC that goes with the hash. */
function* nonces(order: bigint, seed: Uint8Array, algorithm: EcdsaHash): Generator<bigint> {
  const { length } = hash(algorithm, "", "buffer");
  let key = Buffer.alloc(length);
  let value = Buffer.alloc(length, 1);
  const mac = (...parts: readonly Uint8Array[]) =>
    createHmac(algorithm, key).update(Buffer.concat(parts)).digest();
  const stir = (...more: readonly Uint8Array[]) => {
    key = mac(value, ...more);
    value = mac(value);
  };
  stir(Buffer.of(0), seed);
  stir(Buffer.of(1), seed);
  for (;;) {
    const drawn: Buffer[] = [];
    for (let bytes = 0; bytes < octets(0n, order).length; bytes += length) {
      value = mac(value);
      drawn.push(value);
    }
    const k = truncated(Buffer.concat(drawn), order);
    if (k > 0n && k < order) yield k;
    stir(Buffer.of(0));
  }
}

/** The first bits, as many as the order has. */
function truncated(bytes: Uint8Array, order: bigint): bigint {
  const surplus = bytes.length * 8 - bitsOf(order);
  return surplus > 0 ? numberOf(bytes) >> BigInt(surplus) : numberOf(bytes);
}

/** The x of k times the base point, which OpenSSL multiplies. */
function abscissa(curve: string, k: bigint, order: bigint): bigint {
  const ecdh = createECDH(curve);
  ecdh.setPrivateKey(octets(k, order));
  const point = ecdh.getPublicKey();
  return numberOf(point.subarray(1, 1 + (point.length - 1) / 2));
}

function inverse(of: bigint, order: bigint): bigint {
  let [a, b, x, y] = [order, of, 0n, 1n];
  while (b !== 0n) {
    const quotient = a / b;
    [a, b] = [b, a - quotient * b];
    [x, y] = [y, x - quotient * y];
  }
  return ((x % order) + order) % order;
}

function bitsOf(order: bigint): number {
  return order.toString(2).length;
}

/** Big-endian, as long as the order. */
function octets(number: bigint, order: bigint): Buffer {
  const length = Math.ceil(bitsOf(order) / 8);
  return Buffer.from(number.toString(16).padStart(2 * length, "0"), "hex");
}

function numberOf(bytes: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(bytes).toString("hex")}`);
}
