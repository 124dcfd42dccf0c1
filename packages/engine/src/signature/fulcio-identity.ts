import { quote, quoteList } from "../values/go-format.ts";
import { asn1StringText } from "./asn1-string.ts";
import type { Certificate } from "./certificate.ts";
import { verifyChain } from "./certificate-chain.ts";
import { type CertificatePool, emptyPool, sameBytes } from "./certificate-pool.ts";
import type { CertificateWork } from "./certificate-work.ts";
import { countPemBlocks, parseChainAnnotation } from "./certificates-pem.ts";
import { derTag } from "./der.ts";
import { asn1Field, syntax, universalTagAt } from "./go-asn1.ts";
import { refuse, refusing } from "./invalid.ts";
import { parseLeafCertificate } from "./leaf-certificate.ts";
import type { PublicKey } from "./public-key.ts";
import { quoteBytes } from "./quote-bytes.ts";

/** Who may sign with a certificate of a Fulcio-like CA. */
export interface FulcioIdentity {
  readonly anchors: CertificatePool;
  readonly oidcIssuer: string;
  readonly subjectEmail: string;
}

/** Certificate annotations of one signature, as they came. */
export interface CertificateAnnotations {
  readonly certificate: string;
  /** undefined or `""`: none */
  readonly chain: string | undefined;
}

/**
 * Checks the certificate as containers/image fulcio_cert.go: the whole chain is valid at `seconds` (the log's time:
 * no skew is tolerated), then the OIDC issuer, then the e-mail address. Other kinds of subject do not count.
 * @returns the certified key, whatever its kind; undefined if Go does not know its algorithm
 * @throws CountersignError SIGNATURE_INVALID with the reference's words
 */
export function verifyFulcioCertificate(
  identity: FulcioIdentity,
  { certificate, chain }: CertificateAnnotations,
  seconds: number,
  work: CertificateWork,
): PublicKey | undefined {
  const intermediates = untrustedIntermediates(chain, work);
  const leaf = parseLeafCertificate(certificate, work);
  refusing("veryfing leaf certificate failed: ", () =>
    verifyChain(toleratingUnknownNames(leaf), { roots: identity.anchors, intermediates, seconds, work }),
  );
  const issuer = fulcioIssuer(leaf);
  if (!sameBytes(issuer, Buffer.from(identity.oidcIssuer))) {
    refuse(`Unexpected Fulcio OIDC issuer ${quoteBytes(issuer)}`);
  }
  requireEmail(leaf, identity.subjectEmail);
  return leaf.publicKey;
}

export function untrustedIntermediates(chain: string | undefined, work: CertificateWork): CertificatePool {
  if (chain === undefined || chain === "") return emptyPool;
  work.spend(countPemBlocks(chain));
  return refusing("loading certificate chain: ", () => parseChainAnnotation(Buffer.from(chain)));
}

/** An exact, case-sensitive member of the certificate's rfc822Names. */
export function requireEmail({ facts: { names } }: Certificate, email: string): void {
  if (!names.emails.includes(email)) {
    refuse(`Required email ${quote(email)} not found (got ${quoteList(names.emails)})`);
  }
}

/** Fulcio puts names of types that Go's x509 does not know into a critical extension. */
export function toleratingUnknownNames(leaf: Certificate): Certificate {
  const unhandledCritical = leaf.facts.unhandledCritical.filter((oid) => oid !== "2.5.29.17");
  return { ...leaf, facts: { ...leaf.facts, unhandledCritical } };
}

const issuerV1 = "1.3.6.1.4.1.57264.1.1";
const issuerV2 = "1.3.6.1.4.1.57264.1.8";

/**
 * The OIDC issuer: the raw bytes of one extension, the text in the other. A certificate that carries both must mean
 * the same by them, or different verifiers would see different signers.
 */
export function fulcioIssuer({ extensions }: Certificate): Uint8Array {
  const first = extensions.find(({ oid }) => oid === issuerV1)?.value;
  const second = extensions.find(({ oid }) => oid === issuerV2)?.value;
  const decoded = second && decodeIssuer(second);
  if (first !== undefined && decoded !== undefined && !sameBytes(first, decoded)) {
    refuse(`inconsistent OIDC issuer extension values: v1 ${quoteBytes(first)}, v2 ${quoteBytes(decoded)}`);
  }
  return first ?? decoded ?? refuse("Fulcio certificate is missing the issuer extension");
}

/** Whether it says, in either way, who vouched for its subject. */
export function namesFulcioIssuer({ extensions }: Certificate): boolean {
  return extensions.some(({ oid }) => oid === issuerV1 || oid === issuerV2);
}

function decodeIssuer(value: Uint8Array): Uint8Array {
  const { text, next } = refusing("invalid ASN.1 in OIDC issuer v2 extension: ", () => readString(value));
  if (next !== value.length) refuse("invalid ASN.1 in OIDC issuer v2 extension, trailing data");
  return Buffer.from(text);
}

/** Any ASN.1 string type, as encoding/asn1 reads into a Go string. */
function readString(value: Uint8Array): { readonly text: string; readonly next: number } {
  const found = universalTagAt(value, 0);
  const tag = found !== undefined && stringFaults.has(found) ? found : derTag.printableString;
  const { content, next } = asn1Field(value, 0, { tag, constructed: false, name: "string" });
  const text = asn1StringText(tag === derTag.generalString ? derTag.t61String : tag, content);
  return { text: text ?? stringFault(tag), next };
}

const stringFaults: ReadonlyMap<number, string> = new Map([
  [derTag.utf8String, "asn1: invalid UTF-8 string"],
  [derTag.numericString, "asn1: syntax error: NumericString contains invalid character"],
  [derTag.printableString, "asn1: syntax error: PrintableString contains invalid character"],
  [derTag.t61String, ""],
  [derTag.ia5String, "asn1: syntax error: IA5String contains invalid character"],
  [derTag.generalString, ""],
  [derTag.bmpString, "invalid BMPString"],
]);

function stringFault(tag: number): never {
  return refuse(stringFaults.get(tag) ?? syntax("invalid string"));
}
