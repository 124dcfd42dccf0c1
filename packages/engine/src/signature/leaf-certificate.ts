import type { Certificate } from "./certificate.ts";
import type { CertificateWork } from "./certificate-work.ts";
import { countPemBlocks, maxAnnotated, parseCertificates } from "./certificates-pem.ts";
import { memoByContent } from "./content-memo.ts";
import { refuse, refusing } from "./invalid.ts";

/**
 * The one certificate of the certificate annotation.
 * @throws CountersignError SIGNATURE_INVALID with containers/image's words
 */
export function parseLeafCertificate(pem: string, work: CertificateWork): Certificate {
  work.spend(countPemBlocks(pem));
  return rememberedLeaf(Buffer.from(pem));
}

/** More than a node has images at a time; each is judged again with every pull. */
const rememberedLeaf = memoByContent(256, (pem) => {
  const [leaf, ...others] = refusing("parsing leaf certificate: ", () =>
    parseCertificates(pem, maxAnnotated),
  );
  if (leaf === undefined) return refuse("no certificate found in signature certificate data");
  if (others.length > 0) refuse("unexpected multiple certificates present in signature certificate data");
  return leaf;
});
