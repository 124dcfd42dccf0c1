import { createPublicKey, type KeyObject } from "node:crypto";
import { type BitString, DerReader, derTag, rightAligned, signedInteger } from "./der.ts";
import { encodeDer, encodeOid, encodeUnsignedInteger } from "./der-write.ts";
import { refuse } from "./invalid.ts";

/** A public key as Go's x509 understands it, ready for OpenSSL. */
export type PublicKey =
  | (KeyBytes & { readonly type: "ecdsa"; readonly key: KeyObject; readonly curve: EllipticCurve })
  | (KeyBytes & { readonly type: "ed25519"; readonly key: KeyObject })
  | (KeyBytes & {
      readonly type: "rsa";
      /** undefined if OpenSSL cannot hold it: no signature will verify */
      readonly key: KeyObject | undefined;
      /** why Go's crypto/rsa refuses to use this key at all */
      readonly fault: string | undefined;
    })
  /** parses, but never verifies anything: DSA and X25519 */
  | (KeyBytes & { readonly type: "unsupported"; readonly goType: "*dsa.PublicKey" | "*ecdh.PublicKey" });

export type EllipticCurve = "P224" | "P256" | "P384" | "P521";

interface KeyBytes {
  /** SubjectPublicKeyInfo, encoded anew: what Go's MarshalPKIXPublicKey gives */
  readonly spki: Uint8Array;
}

/** The parts of a SubjectPublicKeyInfo. */
export interface PublicKeyInfo {
  readonly algorithm: string;
  /** the parameters' whole element; empty if absent */
  readonly parameters: Uint8Array;
  readonly key: BitString;
}

/**
 * Checks a key as Go's x509 (parsePublicKey) does. Everything OpenSSL would accept besides (compressed points,
 * explicit curve parameters, other curves) ends here.
 * @throws CountersignError SIGNATURE_INVALID with Go's words
 * @returns undefined for an algorithm Go does not know
 */
export function readPublicKey(info: PublicKeyInfo): PublicKey | undefined {
  const data = rightAligned(info.key);
  switch (info.algorithm) {
    case "1.2.840.113549.1.1.1":
      return readRsa(info.parameters, data);
    case "1.2.840.10045.2.1":
      return readEcdsa(info.parameters, data);
    case "1.3.101.112":
      return readEd25519(info.parameters, data);
    case "1.3.101.110":
      return readX25519(info.parameters, data);
    case "1.2.840.10040.4.1":
      return readDsa(info.parameters, data);
    default:
      return undefined;
  }
}

/** An RSA key from its checked numbers. */
export function rsaPublicKey(modulus: Uint8Array, exponent: bigint): PublicKey {
  const exponentHex = exponent.toString(16);
  const exponentOctets = Buffer.from(
    exponentHex.padStart(exponentHex.length + (exponentHex.length % 2), "0"),
    "hex",
  );
  const numbers = encodeDer(
    derTag.sequence,
    encodeUnsignedInteger(modulus),
    encodeUnsignedInteger(exponentOctets),
  );
  const spki = encodeSpki(encodeOid("1.2.840.113549.1.1.1"), Buffer.from([derTag.null, 0]), numbers);
  return { type: "rsa", spki, key: importKey(spki), fault: rsaFault(modulus, exponent) };
}

function readRsa(parameters: Uint8Array, data: Uint8Array): PublicKey {
  if (Buffer.compare(parameters, Buffer.from([derTag.null, 0])) !== 0) {
    refuse("x509: RSA key missing NULL parameters");
  }
  const numbers = new DerReader(data).enter(derTag.sequence) ?? refuse("x509: invalid RSA public key");
  const modulus = numbers.integer() ?? refuse("x509: invalid RSA modulus");
  const exponent = numbers.int64() ?? refuse("x509: invalid RSA public exponent");
  if (signedInteger(modulus) <= 0n) refuse("x509: RSA modulus is not a positive number");
  if (exponent <= 0n) refuse("x509: RSA public exponent is not a positive number");
  return rsaPublicKey(modulus, exponent);
}

/** The checks of Go's crypto/rsa, in its order and words. */
function rsaFault(modulus: Uint8Array, exponent: bigint): string | undefined {
  const bits = signedInteger(modulus).toString(2).length;
  if (bits < 1024) {
    return `crypto/rsa: ${bits}-bit keys are insecure (see https://go.dev/pkg/crypto/rsa#hdr-Minimum_key_size)`;
  }
  if (((modulus.at(-1) ?? 0) & 1) === 0) return "crypto/rsa: public modulus is even";
  if (exponent < 2n) return "crypto/rsa: public exponent too small or negative";
  if (exponent % 2n === 0n) return "crypto/rsa: public exponent is even";
  return exponent > 0x7fffffffn ? "crypto/rsa: public exponent too large" : undefined;
}

interface NamedCurve {
  readonly name: EllipticCurve;
  readonly pointLength: number;
  /** the curve's OID as an element */
  readonly parameters: Uint8Array;
}

const curves: ReadonlyMap<string, NamedCurve> = new Map(
  (
    [
      ["1.3.132.0.33", "P224", 57],
      ["1.2.840.10045.3.1.7", "P256", 65],
      ["1.3.132.0.34", "P384", 97],
      ["1.3.132.0.35", "P521", 133],
    ] as const
  ).map(([oid, name, pointLength]) => [oid, { name, pointLength, parameters: encodeOid(oid) }]),
);

const ecPublicKey = encodeOid("1.2.840.10045.2.1");

function readEcdsa(parameters: Uint8Array, data: Uint8Array): PublicKey {
  const oid = new DerReader(parameters).oid() ?? refuse("x509: invalid ECDSA parameters");
  const curve = curves.get(oid) ?? refuse("x509: unsupported elliptic curve");
  if (data[0] !== 4) refuse("ecdsa: invalid uncompressed public key");
  if (data.length !== curve.pointLength) refuse(`invalid ${curve.name} point encoding`);
  const spki = encodeSpki(ecPublicKey, curve.parameters, data);
  const key = importKey(spki) ?? refuse(`${curve.name} point not on curve`);
  return { type: "ecdsa", spki, key, curve: curve.name };
}

function readEd25519(parameters: Uint8Array, data: Uint8Array): PublicKey {
  if (parameters.length > 0) refuse("x509: Ed25519 key encoded with illegal parameters");
  if (data.length !== 32) refuse("x509: wrong Ed25519 public key size");
  const spki = encodeSpki(encodeOid("1.3.101.112"), new Uint8Array(), data);
  return { type: "ed25519", spki, key: importKey(spki) ?? refuse("x509: wrong Ed25519 public key size") };
}

function readX25519(parameters: Uint8Array, data: Uint8Array): PublicKey {
  if (parameters.length > 0) refuse("x509: X25519 key encoded with illegal parameters");
  if (data.length !== 32) refuse("crypto/ecdh: invalid public key");
  const spki = encodeSpki(encodeOid("1.3.101.110"), new Uint8Array(), data);
  return { type: "unsupported", goType: "*ecdh.PublicKey", spki };
}

function readDsa(parameters: Uint8Array, data: Uint8Array): PublicKey {
  const y = new DerReader(data).integer() ?? refuse("x509: invalid DSA public key");
  const domain = new DerReader(parameters).enter(derTag.sequence);
  const numbers = [domain?.integer(), domain?.integer(), domain?.integer(), y];
  for (const number of numbers) {
    if (number === undefined) return refuse("x509: invalid DSA parameters");
    if (signedInteger(number) <= 0n) refuse("x509: zero or negative DSA parameter");
  }
  const spki = encodeSpki(encodeOid("1.2.840.10040.4.1"), parameters, data);
  return { type: "unsupported", goType: "*dsa.PublicKey", spki };
}

function encodeSpki(algorithm: Uint8Array, parameters: Uint8Array, key: Uint8Array): Uint8Array {
  return encodeDer(
    derTag.sequence,
    encodeDer(derTag.sequence, algorithm, parameters),
    encodeDer(derTag.bitString, Buffer.from([0]), key),
  );
}

function importKey(spki: Uint8Array): KeyObject | undefined {
  try {
    return createPublicKey({ key: Buffer.from(spki), format: "der", type: "spki" });
  } catch {
    return undefined;
  }
}
