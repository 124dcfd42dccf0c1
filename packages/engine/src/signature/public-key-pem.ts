import { memoByContent } from "./content-memo.ts";
import { signedInteger } from "./der.ts";
import {
  type Asn1Type,
  asn1BitString,
  asn1Field,
  asn1Integer,
  asn1Oid,
  optionalAsn1Any,
  structure,
  syntax,
} from "./go-asn1.ts";
import { refuse } from "./invalid.ts";
import { nextPemBlock, pemText } from "./pem.ts";
import { type PublicKey, readPublicKey, rsaPublicKey } from "./public-key.ts";

/**
 * Reads the first PEM block of a key file, as sigstore's cryptoutils.UnmarshalPEMToPublicKey: `PUBLIC KEY` (PKIX) or
 * `RSA PUBLIC KEY` (PKCS #1). What follows the first block is ignored.
 * @throws CountersignError SIGNATURE_INVALID with the reference's words
 */
export const parsePublicKeyPem: (bytes: Uint8Array) => PublicKey = memoByContent(256, (bytes) => {
  const block = nextPemBlock(pemText(bytes))?.block ?? refuse("PEM decoding failed");
  switch (block.label) {
    case "PUBLIC KEY":
      return parsePkix(block.bytes);
    case "RSA PUBLIC KEY":
      return parsePkcs1(block.bytes);
    default: {
      const label = Buffer.from(block.label, "latin1").toString();
      return refuse(`unknown Public key PEM file type: ${label}. Are you passing the correct public key?`);
    }
  }
});

/** A SubjectPublicKeyInfo, as Go's x509.ParsePKIXPublicKey. */
export function parsePkix(der: Uint8Array): PublicKey {
  if (parses(readPkcs1, der) && !parses(readPkix, der)) {
    refuse("x509: failed to parse public key (use ParsePKCS1PublicKey instead for this key format)");
  }
  const { info, end } = readPkix(der);
  if (end !== der.length) refuse("x509: trailing data after ASN.1 of public-key");
  return readPublicKey(info) ?? refuse("x509: unknown public key algorithm");
}

/** An RSAPublicKey of PKCS #1, as Go's x509.ParsePKCS1PublicKey. */
export function parsePkcs1(der: Uint8Array): PublicKey {
  if (parses(readPkix, der) && !parses(readPkcs1, der)) {
    refuse("x509: failed to parse public key (use ParsePKIXPublicKey instead for this key format)");
  }
  const { modulus, exponent, end } = readPkcs1(der);
  if (end !== der.length) syntax("trailing data");
  if (signedInteger(modulus) <= 0n || exponent <= 0n)
    refuse("x509: public key contains zero or negative value");
  if (exponent > 0x7fffffffn) refuse("x509: public key contains large public exponent");
  return rsaPublicKey(modulus, exponent);
}

function readPkix(der: Uint8Array) {
  const outer = asn1Field(der, 0, sequence("publicKeyInfo"));
  const algorithm = asn1Field(outer.content, 0, sequence("AlgorithmIdentifier"));
  const oid = asn1Field(algorithm.content, 0, { tag: 6, constructed: false, name: "ObjectIdentifier" });
  const name = asn1Oid(oid.content);
  const parameters = optionalAsn1Any(algorithm.content, oid.next)?.raw ?? new Uint8Array();
  const key = asn1Field(outer.content, algorithm.next, { tag: 3, constructed: false, name: "BitString" });
  const info = { algorithm: name, parameters, key: asn1BitString(key.content) };
  return { info, end: outer.next };
}

function readPkcs1(der: Uint8Array) {
  const outer = asn1Field(der, 0, sequence("pkcs1PublicKey"));
  const modulus = asn1Field(outer.content, 0, { tag: 2, constructed: false, name: "" });
  asn1Integer(modulus.content);
  const exponent = asn1Field(outer.content, modulus.next, { tag: 2, constructed: false, name: "int" });
  if (asn1Integer(exponent.content).length > 8) structure("integer too large");
  return { modulus: modulus.content, exponent: signedInteger(exponent.content), end: outer.next };
}

function parses(read: (der: Uint8Array) => unknown, der: Uint8Array): boolean {
  try {
    read(der);
    return true;
  } catch {
    return false;
  }
}

function sequence(name: string): Asn1Type {
  return { tag: 16, constructed: true, name };
}
