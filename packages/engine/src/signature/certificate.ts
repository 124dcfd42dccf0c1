import { quote } from "../values/go-format.ts";
import { type Extension, type ExtensionFacts, readExtensionFacts } from "./certificate-extensions.ts";
import {
  type AlgorithmIdentifier,
  type SignatureAlgorithm,
  signatureAlgorithmOf,
} from "./certificate-signature-algorithm.ts";
import { type CertificateTime, readCertificateTime } from "./certificate-time.ts";
import { constructedTag, contextTag, DerReader, derTag, rightAligned, signedInteger } from "./der.ts";
import { type DistinguishedName, readDistinguishedName } from "./distinguished-name.ts";
import { refuse } from "./invalid.ts";
import { type PublicKey, readPublicKey } from "./public-key.ts";

/** An X.509 certificate, parsed and not yet believed. */
export interface Certificate {
  readonly raw: Uint8Array;
  /** what is signed */
  readonly tbs: Uint8Array;
  readonly signatureAlgorithm: SignatureAlgorithm | undefined;
  readonly signature: Uint8Array;
  /** 1, 2 or 3 */
  readonly version: number;
  readonly serialNumber: bigint;
  /** the Name's bytes: names are the same if their bytes are */
  readonly issuer: Uint8Array;
  readonly subject: Uint8Array;
  readonly subjectName: DistinguishedName;
  readonly notBefore: CertificateTime;
  readonly notAfter: CertificateTime;
  /** undefined if its algorithm is unknown */
  readonly publicKey: PublicKey | undefined;
  readonly publicKeyInfo: Uint8Array;
  readonly extensions: readonly Extension[];
  readonly facts: ExtensionFacts;
}

/**
 * Parses one DER certificate exactly as Go's x509.ParseCertificate does (Go 1.26), so that nothing is accepted that
 * containers/image would refuse: BER, duplicate extensions, trailing bytes, odd algorithm pairs. Whether a negative
 * serial number is refused is a build setting there (x509negativeserial); nothing here looks at the number, and CAs
 * that forget a leading zero exist, so it is not.
 * @throws CountersignError SIGNATURE_INVALID with Go's words
 */
export function parseCertificate(der: Uint8Array): Certificate {
  const outer = new DerReader(der);
  const certificate = outer.element(derTag.sequence) ?? refuse("x509: malformed certificate");
  const fields = new DerReader(certificate.content);
  const tbs = fields.element(derTag.sequence) ?? refuse("x509: malformed tbs certificate");
  const body = readBody(new DerReader(tbs.content), fields);
  const signature = fields.bitString() ?? refuse("x509: malformed signature");
  if (!outer.done) refuse("x509: trailing data");
  return { raw: certificate.raw, tbs: tbs.raw, signature: rightAligned(signature), ...body };
}

type Body = Omit<Certificate, "raw" | "tbs" | "signature">;

function readBody(tbs: DerReader, outer: DerReader): Body {
  const version = readVersion(tbs);
  const serialNumber = signedInteger(tbs.integer() ?? refuse("x509: malformed serial number"));
  const algorithm = tbs.content(derTag.sequence) ?? refuse("x509: malformed signature algorithm identifier");
  const outerAlgorithm = outer.content(derTag.sequence) ?? refuse("x509: malformed algorithm identifier");
  if (Buffer.compare(algorithm, outerAlgorithm) !== 0) {
    refuse("x509: inner and outer signature algorithm identifiers don't match");
  }
  const signatureAlgorithm = signatureAlgorithmOf(readAlgorithm(new DerReader(algorithm)));
  const issuer = tbs.element(derTag.sequence)?.raw ?? refuse("x509: malformed issuer");
  readDistinguishedName(issuer);
  const validity = tbs.enter(derTag.sequence) ?? refuse("x509: malformed validity");
  const notBefore = readCertificateTime(validity);
  const notAfter = readCertificateTime(validity);
  const subject = tbs.element(derTag.sequence)?.raw ?? refuse("x509: malformed issuer");
  const subjectName = readDistinguishedName(subject);
  const publicKeyInfo = tbs.element(derTag.sequence)?.raw ?? refuse("x509: malformed spki");
  const publicKey = readCertifiedKey(publicKeyInfo);
  const extensions = readExtensions(tbs, version);
  const facts = readExtensionFacts(extensions);
  return {
    version,
    serialNumber,
    signatureAlgorithm,
    issuer,
    notBefore,
    notAfter,
    subject,
    subjectName,
    publicKeyInfo,
    publicKey,
    extensions,
    facts,
  };
}

function readVersion(tbs: DerReader): number {
  if (!tbs.peek(constructedTag(0))) return 1;
  const explicit = tbs.enter(constructedTag(0));
  const version = explicit?.int64();
  if (version === undefined || version < 0n || !explicit?.done) return refuse("x509: malformed version");
  if (version > 2n) refuse("x509: invalid version");
  return Number(version) + 1;
}

function readAlgorithm(der: DerReader): AlgorithmIdentifier {
  const oid = der.oid() ?? refuse("x509: malformed OID");
  if (der.done) return { oid, parameters: new Uint8Array() };
  return { oid, parameters: der.next()?.raw ?? refuse("x509: malformed parameters") };
}

function readCertifiedKey(publicKeyInfo: Uint8Array): PublicKey | undefined {
  const spki = new DerReader(publicKeyInfo).enter(derTag.sequence) ?? refuse("x509: malformed spki");
  const algorithm = spki.enter(derTag.sequence) ?? refuse("x509: malformed public key algorithm identifier");
  const { oid, parameters } = readAlgorithm(algorithm);
  const key = spki.bitString() ?? refuse("x509: malformed subjectPublicKey");
  // Go knows X25519 as a key file's algorithm, not as a certificate's
  return oid === "1.3.101.110" ? undefined : readPublicKey({ algorithm: oid, parameters, key });
}

function readExtensions(tbs: DerReader, version: number): readonly Extension[] {
  if (version === 1) return [];
  for (const [tag, name] of uniqueIds) {
    if (tbs.peek(tag) && tbs.next() === undefined) refuse(`x509: malformed ${name}`);
  }
  if (version < 3 || !tbs.peek(constructedTag(3))) return [];
  const list = tbs.enter(constructedTag(3))?.enter(derTag.sequence) ?? refuse("x509: malformed extensions");
  const extensions: Extension[] = [];
  const seen = new Set<string>();
  while (!list.done) {
    const extension = readExtension(list.enter(derTag.sequence) ?? refuse("x509: malformed extension"));
    if (seen.has(extension.oid)) {
      refuse(`x509: certificate contains duplicate extension with OID ${quote(extension.oid)}`);
    }
    seen.add(extension.oid);
    extensions.push(extension);
  }
  return extensions;
}

const uniqueIds = [
  [contextTag(1), "issuerUniqueID"],
  [contextTag(2), "subjectUniqueID"],
] as const;

function readExtension(der: DerReader): Extension {
  const oid = der.oid() ?? refuse("x509: malformed extension OID field");
  const critical = der.peek(derTag.boolean)
    ? (der.boolean() ?? refuse("x509: malformed extension critical field"))
    : false;
  const value = der.content(derTag.octetString) ?? refuse("x509: malformed extension value field");
  return { oid, critical, value };
}
