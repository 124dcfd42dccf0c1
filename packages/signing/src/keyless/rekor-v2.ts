import { hash as digestOf } from "node:crypto";
import type { HashAlgorithm } from "@countersign/engine/signature/sigstore/signed-data";
import { CountersignError } from "@countersign/engine/values/error";
import type { SigningPublicKey } from "../keys/signer.ts";
import { hashByCurve, type SigningParty } from "../signing-party.ts";
import type { LogReceipt, TransparencyLog } from "../witness.ts";
import { answerJson } from "./answer-json.ts";
import { below, jsonRequest, type ServiceClient, succeeded } from "./service-client.ts";

const service = "Rekor";

/**
 * Rekor v2, which takes a digest and the signature over it and nothing else, and promises nothing: its answer is the proof.
 * Source: sigstore/rekor-tiles rekor_service.proto, hashedrekord.proto.
 * @param url - below which `/api/v2/log/entries` is
 */
export function rekorV2(url: URL, services: ServiceClient): TransparencyLog {
  const take = async (
    signed: Uint8Array,
    signature: Uint8Array,
    hash: HashAlgorithm,
    party: SigningParty,
    signal: AbortSignal,
  ): Promise<LogReceipt> => {
    const request = jsonRequest(service, below(url, "api/v2/log/entries"), {
      hashedRekordRequestV002: {
        digest: digestOf(hash, signed, "base64"),
        signature: { content: base64(signature), verifier: verifierJson(party) },
      },
    });
    const body = succeeded(await services.ask(request, signal), request);
    answerJson(body, service);
    return { entry: JSON.parse(Buffer.from(body).toString()) as object, promise: undefined };
  };
  return {
    givesPromises: false,
    hashFor: hashByCurve,
    takeMessage: ({ message, signature }, party, signal) => take(message, signature, "sha256", party, signal),
    takeEnvelope: ({ signed, signature, hash }, party, signal) =>
      take(signed, signature, hash, party, signal),
  };
}

function verifierJson({ signer, certificate }: SigningParty) {
  const keyDetails = keyDetailsOf(signer.publicKey);
  return certificate === undefined
    ? { publicKey: { rawBytes: base64(signer.publicKey.spki) }, keyDetails }
    : { x509Certificate: { rawBytes: base64(certificate.leaf) }, keyDetails };
}

/**
 * Source: protobuf-specs sigstore_common.proto, PublicKeyDetails; architecture-docs algorithm-registry.md.
 * @throws CountersignError USAGE for keys that this log does not take
 */
function keyDetailsOf({ type, key }: SigningPublicKey): string {
  const { namedCurve = "", modulusLength } = key.asymmetricKeyDetails ?? {};
  const details = type === "rsa" ? rsaDetails.get(modulusLength ?? 0) : curveDetails.get(namedCurve);
  if (details !== undefined) return details;
  throw new CountersignError(
    "USAGE",
    "this log (Rekor v2) takes no such key: sign with ECDSA, or with RSA of 2048, 3072 or 4096 bits, or without --rekor-url",
  );
}

const curveDetails: ReadonlyMap<string, string> = new Map([
  ["prime256v1", "PKIX_ECDSA_P256_SHA_256"],
  ["secp384r1", "PKIX_ECDSA_P384_SHA_384"],
  ["secp521r1", "PKIX_ECDSA_P521_SHA_512"],
]);

const rsaDetails: ReadonlyMap<number, string> = new Map([
  [2048, "PKIX_RSA_PKCS1V15_2048_SHA256"],
  [3072, "PKIX_RSA_PKCS1V15_3072_SHA256"],
  [4096, "PKIX_RSA_PKCS1V15_4096_SHA256"],
]);

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64");
}
