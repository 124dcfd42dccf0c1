import { type Certificate, parseCertificate } from "./certificate.ts";
import { type CertificatePool, certificatePool } from "./certificate-pool.ts";
import { memoByContent } from "./content-memo.ts";
import { reasonOf, refuse } from "./invalid.ts";
import { nextPemBlock, pemText } from "./pem.ts";

/**
 * All certificates of a PEM text, as sigstore's cryptoutils.UnmarshalCertificatesFromPEM: labels do not matter, text
 * before a block is ignored, anything but white space after the last one is not.
 * @param limit how many there may be
 * @throws CountersignError SIGNATURE_INVALID with the reference's words
 */
export function parseCertificates(bytes: Uint8Array, limit: number): readonly Certificate[] {
  return eachBlock(pemText(bytes), limit)
    .map((der) => parseCertificate(der))
    .toArray();
}

/** The same, not parsed any further. */
export function pemBlocks(pem: string, limit: number): readonly Uint8Array[] {
  return eachBlock(pemText(Buffer.from(pem)), limit).toArray();
}

function* eachBlock(pem: string, limit: number) {
  let rest = trimSpace(pem);
  for (let found = 0; rest !== ""; found++) {
    if (found === limit) refuse("too many certificates specified in PEM block");
    const next = nextPemBlock(rest) ?? refuse("error during PEM decoding");
    yield next.block.bytes;
    rest = next.rest;
  }
}

/** In an annotation, where a stranger chooses how many there are. Real chains have two or three. */
export const maxAnnotated = 16;

/** How many certificates a PEM text can hold at most, without parsing any. */
export function countPemBlocks(pem: string): number {
  return pem.split("-----BEGIN ").length - 1;
}

/** The policy's own intermediates, ready to be looked up. */
export const parseIntermediates: (bytes: Uint8Array) => CertificatePool = memoByContent(64, (bytes) =>
  certificatePool(parseCertificates(bytes, Number.POSITIVE_INFINITY)),
);

/** The chain annotation: all but the last certificate; that one is by convention a root, which must be ours. */
export const parseChainAnnotation: (bytes: Uint8Array) => CertificatePool = memoByContent(64, (bytes) =>
  certificatePool(parseCertificates(bytes, maxAnnotated).slice(0, -1)),
);

/**
 * Trust anchors, as Go's CertPool.AppendCertsFromPEM: blocks labelled CERTIFICATE without headers; those that do not
 * parse are skipped.
 * @returns undefined if not a single one was found
 */
export const parseAnchors: (bytes: Uint8Array) => CertificatePool | undefined = memoByContent(64, (bytes) => {
  const certificates: Certificate[] = [];
  let rest = pemText(bytes);
  for (let found = nextPemBlock(rest); found !== undefined; found = nextPemBlock(rest)) {
    rest = found.rest;
    const { label, hasHeaders, bytes: der } = found.block;
    const certificate = label === "CERTIFICATE" && !hasHeaders ? tryParse(der) : undefined;
    if (certificate !== undefined) certificates.push(certificate);
  }
  return certificates.length === 0 ? undefined : certificatePool(certificates);
});

function tryParse(der: Uint8Array): Certificate | undefined {
  try {
    return parseCertificate(der);
  } catch (caught) {
    reasonOf(caught);
    return undefined;
  }
}

/** unicode.IsSpace, in UTF-8 read as Latin-1. */
const space =
  "(?:[\\t-\\r ]|\\xc2[\\x85\\xa0]|\\xe1\\x9a\\x80|\\xe2\\x80[\\x80-\\x8a\\xa8\\xa9\\xaf]|\\xe2\\x81\\x9f|\\xe3\\x80\\x80)";
const leadingSpace = new RegExp(`^${space}+`);
const oneTrailingSpace = new RegExp(`${space}$`);

function trimSpace(text: string): string {
  let trimmed = text.replace(leadingSpace, "");
  for (
    let end = oneTrailingSpace.exec(trimmed.slice(-3));
    end !== null;
    end = oneTrailingSpace.exec(trimmed.slice(-3))
  ) {
    trimmed = trimmed.slice(0, -end[0].length);
  }
  return trimmed;
}
