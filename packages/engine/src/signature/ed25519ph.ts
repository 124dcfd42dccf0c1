import { hash } from "node:crypto";

/**
 * Verifies Ed25519ph with an empty context, which OpenSSL can and Node does not hand out: the signature of a message's
 * SHA-512, as transparency logs take it. All of it is public, so nothing here need take the same time for every input.
 * Source: RFC 8032 §5.1; as Go and OpenSSL do, R is computed anew and compared byte by byte.
 * @param publicKey 32 bytes
 * @param digest SHA-512 of the message
 */
export function ed25519phVerifies(publicKey: Uint8Array, digest: Uint8Array, signature: Uint8Array): boolean {
  if (digest.length !== 64) return false;
  return verifies(publicKey, digest, signature, prehashedDomain);
}

/** The same for a message that is signed as it is: what OpenSSL does, to hold this arithmetic to. */
export function pureEd25519Verifies(
  publicKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  return verifies(publicKey, message, signature, new Uint8Array());
}

/** dom2(1, ""): RFC 8032 §2. */
const prehashedDomain = Buffer.concat([Buffer.from("SigEd25519 no Ed25519 collisions"), Buffer.of(1, 0)]);

function verifies(
  publicKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
  domain: Uint8Array,
): boolean {
  if (publicKey.length !== 32 || signature.length !== 64) return false;
  const r = signature.subarray(0, 32);
  const s = littleEndian(signature.subarray(32));
  const key = decompress(publicKey);
  if (key === undefined || s >= order || isOfSmallOrder(key)) return false;
  const k = littleEndian(hash("sha512", Buffer.concat([domain, r, publicKey, message]), "buffer")) % order;
  const negative: Point = { ...key, x: p - key.x, t: p - key.t };
  return Buffer.compare(compress(sumOfMultiples(s, base, k, negative)), r) === 0;
}

/** −x² + y² = 1 + d·x²·y² modulo p, of order 8·`order`. */
const p = 2n ** 255n - 19n;
const order = 2n ** 252n + 27742317777372353535851937790883648493n;
const d = 37095705934669439343138083508754565189542113879843219016388785533085940283555n;
const squareRootOfMinusOne = 19681161376707505956807079304988542015446066515923890162744021073123829784752n;

/** Extended coordinates: x = X/Z, y = Y/Z, x·y = T/Z. */
interface Point {
  readonly x: bigint;
  readonly y: bigint;
  readonly z: bigint;
  readonly t: bigint;
}

const zero: Point = { x: 0n, y: 1n, z: 1n, t: 0n };
const base: Point = {
  x: 15112221349535400772501151409588531511454012693041857206046113283949847762202n,
  y: 46316835694926478169428394003475163141307993866256225615783033603165251855960n,
  z: 1n,
  t: 46827403850823179245072216630277197565144205554125654976674165829533817101731n,
};

/** m·a + n·b, both at once, from the top bit down. */
function sumOfMultiples(m: bigint, a: Point, n: bigint, b: Point): Point {
  const both = add(a, b);
  let sum = zero;
  for (let bit = 252n; bit >= 0n; bit--) {
    sum = add(sum, sum);
    const [inM, inN] = [(m >> bit) & 1n, (n >> bit) & 1n];
    if (inM === 1n) sum = add(sum, inN === 1n ? both : a);
    else if (inN === 1n) sum = add(sum, b);
  }
  return sum;
}

/** RFC 8032 §5.1.4. The formulas are complete: they hold for any two points, equal or not. */
function add(a: Point, b: Point): Point {
  const left = modulo((a.y - a.x) * (b.y - b.x));
  const right = modulo((a.y + a.x) * (b.y + b.x));
  const c = modulo(2n * d * modulo(a.t * b.t));
  const e = modulo(2n * a.z * b.z);
  const [f, g, h, i] = [right - left, e - c, e + c, right + left];
  return { x: modulo(f * g), y: modulo(h * i), z: modulo(g * h), t: modulo(f * i) };
}

/** Such a key's signatures anybody can make. OpenSSL takes none of them either, and Go takes them. */
function isOfSmallOrder(point: Point): boolean {
  const twice = add(point, point);
  const fourTimes = add(twice, twice);
  return add(fourTimes, fourTimes).x === 0n;
}

/** RFC 8032 §5.1.3; undefined if there is no such point. */
function decompress(bytes: Uint8Array): Point | undefined {
  const number = littleEndian(bytes);
  const sign = number >> 255n;
  const y = number & (2n ** 255n - 1n);
  if (y >= p) return undefined;
  const u = modulo(y * y - 1n);
  const v = modulo(d * y * y + 1n);
  const x = squareRootOfRatio(u, v);
  if (x === undefined || (x === 0n && sign === 1n)) return undefined;
  const signed = (x & 1n) === sign ? x : p - x;
  return { x: signed, y, z: 1n, t: modulo(signed * y) };
}

function squareRootOfRatio(u: bigint, v: bigint): bigint | undefined {
  const v3 = modulo(v * v * v);
  const root = modulo(u * v3 * power(modulo(u * v3 * v3 * v), (p - 5n) / 8n));
  const square = modulo(v * root * root);
  if (square === u) return root;
  return square === modulo(-u) ? modulo(root * squareRootOfMinusOne) : undefined;
}

function compress({ x, y, z }: Point): Uint8Array {
  const inverse = power(z, p - 2n);
  const number = modulo(y * inverse) | ((modulo(x * inverse) & 1n) << 255n);
  return Buffer.from(number.toString(16).padStart(64, "0"), "hex").reverse();
}

function littleEndian(bytes: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(bytes).reverse().toString("hex")}`);
}

function power(value: bigint, exponent: bigint): bigint {
  let result = 1n;
  for (let [square, rest] = [modulo(value), exponent]; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = modulo(result * square);
    square = modulo(square * square);
  }
  return result;
}

function modulo(value: bigint): bigint {
  const rest = value % p;
  return rest < 0n ? rest + p : rest;
}
