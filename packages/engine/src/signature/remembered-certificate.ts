import { type Certificate, parseCertificate } from "./certificate.ts";
import { memoByContent } from "./content-memo.ts";

/**
 * Parses a DER certificate once for as long as it is remembered; with it goes what was found out about its signature.
 * More than a node has images at a time; each is judged again with every pull.
 * @throws CountersignError SIGNATURE_INVALID with Go's words
 */
export const rememberedCertificate: (der: Uint8Array) => Certificate = memoByContent(256, parseCertificate);
