import { hash } from "node:crypto";
import type { SigningKey } from "./signing-key.ts";

/**
 * Signs with Ed25519ph (RFC 8032 §5.1): of a digest, so that whoever has no more than that can verify. node:crypto has
 * none. Not in constant time: for test keys.
 */
export function signEd25519ph(key: SigningKey, message: Uint8Array): Uint8Array {
  const seed = key.privateKey.export({ format: "der", type: "pkcs8" }).subarray(-32);
  const expanded = sha512(seed);
  const scalar = scalarOf(expanded.subarray(0, 32));
  const publicKey = key.spki.subarray(-32);
  const digest = sha512(message);
  const nonce = littleEndian(sha512(dom2, expanded.subarray(32), digest)) % order;
  const commitment = encodePoint(multiply(basePoint, nonce));
  const challenge = littleEndian(sha512(dom2, commitment, publicKey, digest)) % order;
  return Buffer.concat([commitment, toLittleEndian((nonce + challenge * scalar) % order)]);
}

/** Flag 1, no context. */
const dom2 = Buffer.concat([Buffer.from("SigEd25519 no Ed25519 collisions"), Buffer.of(1, 0)]);

const prime = 2n ** 255n - 19n;
const order = 2n ** 252n + 27742317777372353535851937790883648493n;
const d = 37095705934669439343138083508754565189542113879843219016388785533085940283555n;

type Point = readonly [x: bigint, y: bigint, z: bigint, t: bigint];

const baseX = 15112221349535400772501151409588531511454012693041857206046113283949847762202n;
const baseY = 46316835694926478169428394003475163141307993866256225615783033603165251855960n;
const basePoint: Point = [baseX, baseY, 1n, modulo(baseX * baseY)];

/** RFC 8032 §5.1.4. */
function add([x1, y1, z1, t1]: Point, [x2, y2, z2, t2]: Point): Point {
  const a = modulo((y1 - x1) * (y2 - x2));
  const b = modulo((y1 + x1) * (y2 + x2));
  const c = modulo(2n * t1 * t2 * d);
  const e = modulo(2n * z1 * z2);
  const [f, g, h, i] = [b - a, e - c, e + c, b + a];
  return [modulo(f * g), modulo(h * i), modulo(g * h), modulo(f * i)];
}

function multiply(point: Point, scalar: bigint): Point {
  let result: Point = [0n, 1n, 1n, 0n];
  let power = point;
  for (let rest = scalar; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = add(result, power);
    power = add(power, power);
  }
  return result;
}

function encodePoint([x, y, z]: Point): Uint8Array {
  const inverse = power(z, prime - 2n);
  const octets = toLittleEndian(modulo(y * inverse));
  const last = octets.length - 1;
  octets[last] = (octets[last] ?? 0) | (Number(modulo(x * inverse) & 1n) << 7);
  return octets;
}

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  let square = base;
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = modulo(result * square);
    square = modulo(square * square);
  }
  return result;
}

/** The first half of the expanded seed, clamped. */
function scalarOf(half: Uint8Array): bigint {
  return (((littleEndian(half) >> 3n) << 3n) % 2n ** 255n) | (1n << 254n);
}

function modulo(value: bigint): bigint {
  const rest = value % prime;
  return rest < 0n ? rest + prime : rest;
}

function littleEndian(octets: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(octets).reverse().toString("hex")}`);
}

function toLittleEndian(value: bigint): Buffer {
  return Buffer.from(value.toString(16).padStart(64, "0"), "hex").reverse();
}

function sha512(...parts: readonly Uint8Array[]): Buffer {
  return hash("sha512", Buffer.concat(parts), "buffer");
}
