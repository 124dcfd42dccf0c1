import type { Certificate } from "./certificate.ts";
import { parseCertificates } from "./certificates-pem.ts";
import { refuse, refusing } from "./invalid.ts";

/**
 * The one certificate of the certificate annotation.
 * @throws CountersignError SIGNATURE_INVALID with containers/image's words
 */
export function parseLeafCertificate(pem: string): Certificate {
  const [leaf, ...others] = refusing("parsing leaf certificate: ", () => parseCertificates(Buffer.from(pem)));
  if (leaf === undefined) return refuse("no certificate found in signature certificate data");
  if (others.length > 0) refuse("unexpected multiple certificates present in signature certificate data");
  return leaf;
}
