import { createPublicKey, type KeyObject, verify } from "node:crypto";
import { type FaultyServer, startFaultyServer } from "../registry/faulty-server.ts";
import { json, type RegistryAnswer } from "../registry/registry-answer.ts";
import type { PocketSigstore } from "../signing-kit/sigstore/pocket-sigstore.ts";
import type { OidcIssuer, TokenSubject } from "./oidc-issuer.ts";
import { bytesAt, refusal, requestJson, textAt } from "./request-json.ts";

/** Fulcio's `POST /api/v2/signingCert`: a certificate for whoever has a token of `oidc`, and the key. */
export function startFulcio(sigstore: PocketSigstore, oidc: OidcIssuer): Promise<FaultyServer> {
  return startFaultyServer(({ method, path, body }) => {
    if (path !== "/api/v2/signingCert") return refusal(404, "Not Found");
    if (method !== "POST") return refusal(405, "Method Not Allowed");
    const asked = requestJson(body);
    const subject = oidc.check(textAt(asked, "credentials", "oidcIdentityToken"), sigstore.now);
    if (subject === undefined) return refusal(401, "There was an error processing the identity token");
    const key = publicKey(textAt(asked, "publicKeyRequest", "publicKey", "content"));
    if (key === undefined) return refusal(400, "The public key supplied in the request could not be parsed");
    const proof = bytesAt(asked, "publicKeyRequest", "proofOfPossession");
    if (!isProven(key, subject, proof)) {
      return refusal(400, "The signature supplied in the request could not be verified");
    }
    return certified(sigstore, oidc, subject, key);
  });
}

function certified(
  { fulcio, certificateLog, now }: PocketSigstore,
  { issuer }: OidcIssuer,
  { type, value }: TokenSubject,
  key: KeyObject,
): RegistryAnswer {
  const leaf = fulcio.issue({
    names: [[type, value]],
    oidcIssuer: issuer,
    logs: [certificateLog],
    profile: { spki: key.export({ type: "spki", format: "der" }), notBefore: now, notAfter: now + 600 },
  });
  const { intermediate, root } = fulcio.authority;
  const certificates = [leaf.pem, intermediate.pem, root.pem];
  return json(200, { signedCertificateEmbeddedSct: { chain: { certificates } } });
}

function publicKey(pem: string): KeyObject | undefined {
  try {
    return createPublicKey(pem);
  } catch {
    return undefined;
  }
}

/** Whoever asks has to sign the token's subject, with SHA-256 whatever the curve. */
function isProven(key: KeyObject, subject: TokenSubject, proof: Uint8Array): boolean {
  const hash = key.asymmetricKeyType === "ed25519" ? null : "sha256";
  return verify(hash, Buffer.from(subject.value), key, proof);
}
