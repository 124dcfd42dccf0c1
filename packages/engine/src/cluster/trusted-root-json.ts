import { parseCertificates } from "../signature/certificates-pem.ts";
import { reasonOf } from "../signature/invalid.ts";
import { parsePublicKeyPem } from "../signature/public-key-pem.ts";
import { digestHex, digestOf } from "../values/digest.ts";
import { CountersignError } from "../values/error.ts";
import { maxChain } from "./trust-root-material.ts";
import type { AuthorityCertificates, LogKey, SigstoreKeys } from "./trust-root-resource.ts";

/**
 * Writes keys and certificates of a TrustRoot as the `trusted_root.json` that verifiers read. A TrustRoot says nothing of
 * times, so everything in it is good for all of them.
 * Source: sigstore/protobuf-specs sigstore_trustroot.proto, TrustedRoot.
 * @throws CountersignError TRUST_MATERIAL_INVALID naming what is no key or certificate
 */
export function printTrustedRoot(keys: SigstoreKeys): string {
  return `${JSON.stringify(
    {
      mediaType: "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
      tlogs: keys.transparencyLogs.map(log),
      certificateAuthorities: keys.certificateAuthorities.map(authority),
      ctlogs: keys.certificateLogs.map(log),
      timestampAuthorities: keys.timestampAuthorities.map(authority),
    },
    undefined,
    2,
  )}\n`;
}

const always = { start: "1970-01-01T00:00:00Z" };

function authority({ organization, commonName, uri, chain }: AuthorityCertificates): object {
  const certificates = parsing(`the certificates of ${uri}`, () => parseCertificates(chain, maxChain));
  if (certificates.length === 0) throw invalid(`there is no certificate of ${uri}`);
  return {
    subject: { organization, commonName },
    uri,
    certChain: { certificates: certificates.map(({ raw }) => ({ rawBytes: base64(raw) })) },
    validFor: always,
  };
}

function log({ baseUrl, hashAlgorithm, key }: LogKey): object {
  const { spki, type } = parsing(`the key of ${baseUrl}`, () => parsePublicKeyPem(key));
  return {
    baseUrl,
    hashAlgorithm: `SHA2_${hashAlgorithm.slice(3)}`,
    publicKey: { rawBytes: base64(spki), keyDetails: keyDetails[type], validFor: always },
    logId: { keyId: Buffer.from(digestHex(digestOf(spki)), "hex").toString("base64") },
  };
}

/** What a verifier reads of it is the key itself. */
const keyDetails = {
  ecdsa: "PKIX_ECDSA_P256_SHA_256",
  ed25519: "PKIX_ED25519",
  rsa: "PKIX_RSA_PKCS1V15_2048_SHA256",
  unsupported: "PUBLIC_KEY_DETAILS_UNSPECIFIED",
} as const;

function parsing<T>(what: string, parse: () => T): T {
  try {
    return parse();
  } catch (caught) {
    throw invalid(`${what}: ${reasonOf(caught)}`);
  }
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64");
}

function invalid(message: string): CountersignError {
  return new CountersignError("TRUST_MATERIAL_INVALID", message);
}
