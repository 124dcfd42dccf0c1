import { constructedTag, DerReader, derTag } from "./der.ts";

export interface AlgorithmIdentifier {
  readonly oid: string;
  /** the whole element; empty if absent */
  readonly parameters: Uint8Array;
}

/** How a certificate is signed, as far as Go's x509 knows the algorithm. */
export interface SignatureAlgorithm {
  /** Go's name, for messages */
  readonly name: string;
  readonly keyType: "RSA" | "ECDSA" | "Ed25519" | "DSA";
  /** OpenSSL's name; undefined for Ed25519 */
  readonly hash: string | undefined;
  readonly isPss: boolean;
}

/** @returns undefined for an algorithm, or parameters, that Go's x509 does not know */
export function signatureAlgorithmOf({
  oid,
  parameters,
}: AlgorithmIdentifier): SignatureAlgorithm | undefined {
  if (oid === pssOid) return pssAlgorithm(parameters);
  if (oid === ed25519Oid && parameters.length > 0) return undefined;
  return algorithms.get(oid);
}

const pssOid = "1.2.840.113549.1.1.10";
const ed25519Oid = "1.3.101.112";

const algorithms: ReadonlyMap<string, SignatureAlgorithm> = new Map([
  ["1.2.840.113549.1.1.4", { name: "MD5-RSA", keyType: "RSA", hash: "md5", isPss: false }],
  ["1.2.840.113549.1.1.5", { name: "SHA1-RSA", keyType: "RSA", hash: "sha1", isPss: false }],
  ["1.3.14.3.2.29", { name: "SHA1-RSA", keyType: "RSA", hash: "sha1", isPss: false }],
  ["1.2.840.113549.1.1.11", { name: "SHA256-RSA", keyType: "RSA", hash: "sha256", isPss: false }],
  ["1.2.840.113549.1.1.12", { name: "SHA384-RSA", keyType: "RSA", hash: "sha384", isPss: false }],
  ["1.2.840.113549.1.1.13", { name: "SHA512-RSA", keyType: "RSA", hash: "sha512", isPss: false }],
  ["1.2.840.10040.4.3", { name: "DSA-SHA1", keyType: "DSA", hash: "sha1", isPss: false }],
  ["2.16.840.1.101.3.4.3.2", { name: "DSA-SHA256", keyType: "DSA", hash: "sha256", isPss: false }],
  ["1.2.840.10045.4.1", { name: "ECDSA-SHA1", keyType: "ECDSA", hash: "sha1", isPss: false }],
  ["1.2.840.10045.4.3.2", { name: "ECDSA-SHA256", keyType: "ECDSA", hash: "sha256", isPss: false }],
  ["1.2.840.10045.4.3.3", { name: "ECDSA-SHA384", keyType: "ECDSA", hash: "sha384", isPss: false }],
  ["1.2.840.10045.4.3.4", { name: "ECDSA-SHA512", keyType: "ECDSA", hash: "sha512", isPss: false }],
  [ed25519Oid, { name: "Ed25519", keyType: "Ed25519", hash: undefined, isPss: false }],
] as const);

const pssHashes: ReadonlyMap<string, { readonly hash: string; readonly saltLength: bigint }> = new Map([
  ["2.16.840.1.101.3.4.2.1", { hash: "sha256", saltLength: 32n }],
  ["2.16.840.1.101.3.4.2.2", { hash: "sha384", saltLength: 48n }],
  ["2.16.840.1.101.3.4.2.3", { hash: "sha512", saltLength: 64n }],
]);

/** RSASSA-PSS counts only with one hash throughout and a salt as long as the hash (RFC 3447 §8.1). */
function pssAlgorithm(parameters: Uint8Array): SignatureAlgorithm | undefined {
  const sequence = new DerReader(parameters).enter(derTag.sequence);
  const hash = readHash(sequence?.enter(constructedTag(0))?.enter(derTag.sequence));
  const mask = sequence?.enter(constructedTag(1))?.enter(derTag.sequence);
  const maskOid = mask?.oid();
  const maskHash = readHash(mask?.enter(derTag.sequence));
  const saltLength = sequence?.enter(constructedTag(2))?.int64();
  const trailer = sequence?.peek(constructedTag(3)) ? sequence.enter(constructedTag(3))?.int64() : 1n;
  const known = pssHashes.get(hash ?? "");
  if (known === undefined || maskOid !== "1.2.840.113549.1.1.8" || maskHash !== hash || trailer !== 1n) {
    return undefined;
  }
  if (saltLength !== known.saltLength) return undefined;
  return { name: `${known.hash.toUpperCase()}-RSAPSS`, keyType: "RSA", hash: known.hash, isPss: true };
}

/** A hash's OID, if its parameters are absent or NULL. */
function readHash(algorithm: DerReader | undefined): string | undefined {
  const oid = algorithm?.oid();
  if (algorithm === undefined || algorithm.done) return oid;
  const parameters = algorithm.content(derTag.null);
  return parameters?.length === 0 ? oid : undefined;
}
