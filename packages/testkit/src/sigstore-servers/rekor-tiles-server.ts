import { createPublicKey, X509Certificate } from "node:crypto";
import { type FaultyServer, startFaultyServer } from "../registry/faulty-server.ts";
import { json } from "../registry/registry-answer.ts";
import { type EntryBody, entryBody } from "../signing-kit/sigstore/entry-body.ts";
import type { Rekor } from "../signing-kit/sigstore/rekor.ts";
import { bytesAt, refusal, requestJson, textAt, valueAt } from "./request-json.ts";

/** Rekor v2's `POST /api/v2/log/entries`: takes `hashedrekord` 0.0.2 and nothing else, as its servers since June 2026. */
export function startRekorTilesServer(rekorTiles: Rekor): Promise<FaultyServer> {
  return startFaultyServer(({ method, path, body }) => {
    if (path !== "/api/v2/log/entries") return refusal(404, "Not Found");
    if (method !== "POST") return refusal(405, "Method Not Allowed");
    const proposed = bodyOf(requestJson(body));
    return typeof proposed === "string" ? refusal(400, proposed) : json(201, rekorTiles.add(proposed));
  });
}

const hashes: Readonly<Record<string, { readonly algorithm: string; readonly length: number }>> = {
  PKIX_ECDSA_P256_SHA_256: { algorithm: "SHA2_256", length: 32 },
  PKIX_ECDSA_P384_SHA_384: { algorithm: "SHA2_384", length: 48 },
  PKIX_ECDSA_P521_SHA_512: { algorithm: "SHA2_512", length: 64 },
  PKIX_RSA_PKCS1V15_2048_SHA256: { algorithm: "SHA2_256", length: 32 },
  PKIX_ED25519_PH: { algorithm: "SHA2_512", length: 64 },
};

function bodyOf(asked: unknown): EntryBody | string {
  const request = valueAt(asked, "hashedRekordRequestV002");
  if (request === undefined) return "invalid request: only hashedrekord is taken";
  const digest = bytesAt(request, "digest");
  const content = bytesAt(request, "signature", "content");
  const keyDetails = textAt(request, "signature", "verifier", "keyDetails");
  const hash = hashes[keyDetails];
  if (hash === undefined) return `unsupported key details ${JSON.stringify(keyDetails)}`;
  if (hash.length !== digest.length) return "digest does not go with the key";
  const certificate = textAt(request, "signature", "verifier", "x509Certificate", "rawBytes");
  const publicKey = textAt(request, "signature", "verifier", "publicKey", "rawBytes");
  if (!isKey(Buffer.from(certificate || publicKey, "base64"), certificate !== "")) return "invalid verifier";
  if (content.length === 0) return "missing signature";
  return entryBody("hashedrekord", "0.0.2", {
    hashedRekordV002: {
      data: { algorithm: hash.algorithm, digest: digest.toString("base64") },
      signature: {
        content: content.toString("base64"),
        verifier:
          certificate === ""
            ? { keyDetails, publicKey: { rawBytes: publicKey } }
            : { keyDetails, x509Certificate: { rawBytes: certificate } },
      },
    },
  });
}

function isKey(der: Buffer, isCertificate: boolean): boolean {
  try {
    return isCertificate
      ? new X509Certificate(der).publicKey !== undefined
      : createPublicKey({ key: der, format: "der", type: "spki" }) !== undefined;
  } catch {
    return false;
  }
}
