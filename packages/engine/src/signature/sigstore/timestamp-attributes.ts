import { type DerReader, derTag } from "../der.ts";
import { refuse } from "../invalid.ts";
import { hashOf, readAlgorithm } from "./algorithm-identifier.ts";

/** What the authority signs: attributes, one of which is the digest of what it says. */
export interface SignedAttributes {
  readonly messageDigest: Uint8Array;
  /** the certificate it is signed with, by its hash: no other with the same key may be put in its place */
  readonly certificate: {
    readonly algorithm: "sha1" | "sha256" | "sha384" | "sha512";
    readonly hash: Uint8Array;
  };
}

const oids = {
  contentType: "1.2.840.113549.1.9.3",
  messageDigest: "1.2.840.113549.1.9.4",
  signingCertificate: "1.2.840.113549.1.9.16.2.12",
  signingCertificateV2: "1.2.840.113549.1.9.16.2.47",
  tstInfo: "1.2.840.113549.1.9.16.1.4",
} as const;

/**
 * Source: RFC 5652 §11, RFC 3161 §2.4.2 and RFC 5035 for the certificate.
 * @throws CountersignError SIGNATURE_INVALID
 */
export function readSignedAttributes(set: DerReader): SignedAttributes {
  const values = new Map<string, DerReader>();
  while (!set.done) {
    const attribute = set.enter(derTag.sequence);
    const oid = attribute?.oid();
    const value = attribute?.enter(derTag.set);
    if (oid === undefined || value === undefined || values.has(oid))
      return refuse("malformed signed attributes");
    values.set(oid, value);
  }
  if (values.get(oids.contentType)?.oid() !== oids.tstInfo)
    refuse("its signed attributes are of no timestamp");
  const messageDigest = values.get(oids.messageDigest)?.content(derTag.octetString);
  if (messageDigest === undefined) return refuse("its signed attributes hold no digest");
  return { messageDigest, certificate: readCertificateHash(values) };
}

function readCertificateHash(values: ReadonlyMap<string, DerReader>): SignedAttributes["certificate"] {
  const second = values.get(oids.signingCertificateV2);
  const attribute = second ?? values.get(oids.signingCertificate);
  // SigningCertificate: a list of ids, of which the first is the signer's
  const id = attribute?.enter(derTag.sequence)?.enter(derTag.sequence)?.enter(derTag.sequence);
  if (id === undefined) return refuse("its signed attributes name no certificate");
  const algorithm = second === undefined ? "sha1" : readHash(id);
  const hash = id.content(derTag.octetString);
  return hash === undefined ? refuse("malformed signing certificate") : { algorithm, hash };
}

/** SHA-256 if not said otherwise. */
function readHash(id: DerReader): "sha256" | "sha384" | "sha512" {
  if (!id.peek(derTag.sequence)) return "sha256";
  const algorithm = id.enter(derTag.sequence);
  const hash = algorithm && hashOf(readAlgorithm(algorithm));
  return hash ?? refuse("its certificate is named by no known hash");
}
