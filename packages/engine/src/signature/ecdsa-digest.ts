import { createECDH, createPublicKey, hash, type KeyObject, verify } from "node:crypto";
import { isStrictEcdsa } from "./check-signature.ts";
import { DerReader, derTag } from "./der.ts";
import type { EllipticCurve, PublicKey } from "./public-key.ts";

/**
 * Whether an ECDSA signature, in strict DER, is over a message of which only the digest is known. Node's crypto hashes
 * messages itself and takes no digest. So the question is put differently: the signature (r, s) is good for digest e and
 * key Q if e/s·G + r/s·Q has r as its x. That is e′/s·G + r/s·Q′ with Q′ = Q + (e − e′)/r·G, for any e′: OpenSSL is asked
 * whether Q′ signed the empty message, whose digest is e′. It does all that is hard; here one point is added.
 * Source: SEC 1 §4.1.4.
 */
export function ecdsaVerifiesDigest(
  { spki, curve: name }: PublicKey & { readonly type: "ecdsa" },
  algorithm: "sha256" | "sha384" | "sha512",
  digest: Uint8Array,
  signature: Uint8Array,
): boolean {
  const curve = curves[name];
  if (curve === undefined || !isStrictEcdsa(signature)) return false;
  const r = firstNumber(signature);
  if (r === 0n || r >= curve.order) return false;
  const difference = toNumber(digest, curve) - toNumber(hash(algorithm, empty, "buffer"), curve);
  const factor = modulo(difference * inverse(r, curve.order), curve.order);
  const shifted = add(pointOf(spki, curve), multipleOfBase(factor, curve), curve);
  return shifted !== undefined && verify(algorithm, empty, keyOf(shifted, curve), signature);
}

const empty = Buffer.alloc(0);

/** y² = x³ − 3x + b over the integers modulo `prime`. Source: FIPS 186-4 D.1.2 */
interface Curve {
  readonly name: string;
  readonly jwkName: string;
  readonly prime: bigint;
  readonly order: bigint;
  /** of a coordinate */
  readonly octets: number;
}

const curves: Readonly<Record<EllipticCurve, Curve | undefined>> = {
  // sigstore has no such keys
  P224: undefined,
  P256: {
    name: "prime256v1",
    jwkName: "P-256",
    prime: 2n ** 256n - 2n ** 224n + 2n ** 192n + 2n ** 96n - 1n,
    order: 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
    octets: 32,
  },
  P384: {
    name: "secp384r1",
    jwkName: "P-384",
    prime: 2n ** 384n - 2n ** 128n - 2n ** 96n + 2n ** 32n - 1n,
    order:
      0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973n,
    octets: 48,
  },
  P521: {
    name: "secp521r1",
    jwkName: "P-521",
    prime: 2n ** 521n - 1n,
    order: 2n ** 521n - 0x5ae79787c40d069948033feb708f65a2fc44a36477663b851449048e16ec79bf7n,
    octets: 66,
  },
};

/** Affine; undefined is the point at infinity. */
type Point = { readonly x: bigint; readonly y: bigint } | undefined;

/** The leftmost bits of a digest, as many as the order has. */
function toNumber(digest: Uint8Array, { order }: Curve): bigint {
  const excess = digest.length * 8 - order.toString(2).length;
  const number = unsigned(digest);
  return excess > 0 ? number >> BigInt(excess) : number;
}

function firstNumber(signature: Uint8Array): bigint {
  return unsigned(new DerReader(signature).enter(derTag.sequence)?.integer() ?? empty);
}

/** The end of a SubjectPublicKeyInfo, both coordinates. */
function pointOf(spki: Uint8Array, { octets }: Curve): Point {
  return { x: unsigned(spki.subarray(-2 * octets, -octets)), y: unsigned(spki.subarray(-octets)) };
}

function keyOf(point: NonNullable<Point>, { jwkName, octets }: Curve): KeyObject {
  const coordinate = (value: bigint) =>
    Buffer.from(value.toString(16).padStart(octets * 2, "0"), "hex").toString("base64url");
  const jwk = { kty: "EC", crv: jwkName, x: coordinate(point.x), y: coordinate(point.y) };
  return createPublicKey({ key: jwk, format: "jwk" });
}

function multipleOfBase(factor: bigint, { name, octets }: Curve): Point {
  if (factor === 0n) return undefined;
  const ecdh = createECDH(name);
  ecdh.setPrivateKey(factor.toString(16).padStart(octets * 2, "0"), "hex");
  const point = ecdh.getPublicKey();
  return { x: unsigned(point.subarray(1, 1 + octets)), y: unsigned(point.subarray(1 + octets)) };
}

function add(a: Point, b: Point, { prime }: Curve): Point {
  if (a === undefined || b === undefined) return a ?? b;
  if (a.x === b.x && a.y !== b.y) return undefined;
  const slope =
    a.x === b.x ? (3n * a.x * a.x - 3n) * inverse(2n * a.y, prime) : (b.y - a.y) * inverse(b.x - a.x, prime);
  const x = modulo(slope * slope - a.x - b.x, prime);
  return { x, y: modulo(slope * (a.x - x) - a.y, prime) };
}

/** By Euclid's algorithm; `modulus` is a prime that does not divide `value`. */
function inverse(value: bigint, modulus: bigint): bigint {
  let [low, high] = [modulo(value, modulus), modulus];
  let [a, b] = [1n, 0n];
  while (low > 1n) {
    const quotient = high / low;
    [low, high] = [high - quotient * low, low];
    [a, b] = [b - quotient * a, a];
  }
  return modulo(a, modulus);
}

function modulo(value: bigint, modulus: bigint): bigint {
  const rest = value % modulus;
  return rest < 0n ? rest + modulus : rest;
}

function unsigned(octets: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(octets).toString("hex") || "0"}`);
}
