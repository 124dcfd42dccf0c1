import type { Json } from "../../values/strict-json.ts";
import { refuse } from "../invalid.ts";
import type { LoggedDigest, LoggedSignature, LoggedVerifier } from "./logged-signature.ts";
import { bytesUpTo, hashAlgorithm, message, oneOf, present, refuseAt, repeated } from "./protojson.ts";
import { only } from "./rekor-v1-spec.ts";

const readHash = message({ algorithm: hashAlgorithm, digest: bytesUpTo(64) });

function digest(of: LoggedDigest["of"], hash: ReturnType<typeof readHash>, path: string): LoggedDigest {
  return {
    of,
    algorithm: present(hash?.algorithm, `${path}.algorithm`),
    value: present(hash?.digest, `${path}.digest`),
  };
}

const rawBytes = message({ rawBytes: bytesUpTo(32 * 1024) });

/**
 * PublicKeyDetails of sigstore_common.proto: the key itself says what it is, and which hash goes with it, but another
 * reader goes by this, and must be able to read it.
 */
const keyDetails = oneOf(
  Object.fromEntries(
    [
      ...["PKCS1_RSA_PKCS1V5", "PKCS1_RSA_PSS", "PKIX_RSA_PKCS1V5", "PKIX_RSA_PSS"],
      ...["2048", "3072", "4096"].flatMap((bits) => [
        `PKIX_RSA_PKCS1V15_${bits}_SHA256`,
        `PKIX_RSA_PSS_${bits}_SHA256`,
      ]),
      ...["PKIX_ECDSA_P256_SHA_256", "PKIX_ECDSA_P384_SHA_384", "PKIX_ECDSA_P521_SHA_512"],
      ...["PKIX_ECDSA_P384_SHA_256", "PKIX_ECDSA_P521_SHA_256", "PKIX_ECDSA_P256_HMAC_SHA_256"],
      ...["PKIX_ED25519", "PKIX_ED25519_PH", "LMS_SHA256", "LMOTS_SHA256"],
      ...["ML_DSA_44", "ML_DSA_65", "ML_DSA_87"],
    ].map((name) => [name, name]),
  ),
);

const readSignature = message({
  content: bytesUpTo(16 * 1024),
  verifier: message({ keyDetails, publicKey: rawBytes, x509Certificate: rawBytes }),
});

type Signature = ReturnType<typeof readSignature>;

function signed(signature: Signature, path: string): Pick<LoggedSignature, "signature" | "verifier"> {
  return {
    signature: present(signature?.content, `${path}.content`),
    verifier: verifierOf(signature, `${path}.verifier`),
  };
}

function verifierOf(signature: Signature, path: string): LoggedVerifier {
  const { publicKey, x509Certificate } = signature?.verifier ?? {};
  if ((publicKey === undefined) === (x509Certificate === undefined)) {
    refuse(`${path}: one of publicKey and x509Certificate is expected`);
  }
  return x509Certificate === undefined
    ? { type: "key", spki: present(publicKey?.rawBytes, `${path}.publicKey.rawBytes`) }
    : { type: "certificate", der: present(x509Certificate.rawBytes, `${path}.x509Certificate.rawBytes`) };
}

const hashedrekord2 = message({ hashedRekordV002: message({ data: readHash, signature: readSignature }) });

/** All that Rekor v2 takes today: the digest of what was signed, of an envelope that of its PAE. */
export function readHashedrekord2(spec: Json, path: string): LoggedSignature {
  const place = `${path}.hashedRekordV002`;
  const fields = present(hashedrekord2(spec, path, refuseAt)?.hashedRekordV002, place);
  return {
    digests: [digest("signed data", fields.data, `${place}.data`)],
    ...signed(fields.signature, `${place}.signature`),
  };
}

const dsse2 = message({
  dsseV002: message({ payloadHash: readHash, signatures: repeated(readSignature, 16) }),
});

/** What it took of envelopes until June 2026. */
export function readDsse2(spec: Json, path: string): LoggedSignature {
  const place = `${path}.dsseV002`;
  const fields = present(dsse2(spec, path, refuseAt)?.dsseV002, place);
  const signature = only(fields.signatures, `${place}.signatures`);
  return {
    digests: [digest("payload", fields.payloadHash, `${place}.payloadHash`)],
    ...signed(signature, `${place}.signatures[0]`),
  };
}
