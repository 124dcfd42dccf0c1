import { generateKeyPairSync, sign, X509Certificate } from "node:crypto";
import { keySigner } from "../keys/key-signer.ts";
import type { SigningParty } from "../signing-party.ts";
import { type AnswerJson, answerJson, itemsOf, memberOf, needed, textOf, unexpected } from "./answer-json.ts";
import type { IdentityToken } from "./identity-token.ts";
import { below, type ServiceClient, succeeded } from "./service-client.ts";

const service = "Fulcio";

/**
 * Makes a key that lives as long as this process, and has Fulcio certify that it is the token's owner who has it.
 * Source: sigstore/fulcio fulcio.proto, CA.CreateSigningCertificate.
 * @param url - below which `/api/v2/signingCert` is
 * @throws CountersignError SIGNING_SERVICE_FAILED
 */
export async function certify(
  url: URL,
  { token, subject }: IdentityToken,
  services: ServiceClient,
  signal: AbortSignal,
): Promise<SigningParty> {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
  const proof = sign("sha256", Buffer.from(subject), privateKey);
  const request = {
    service,
    url: below(url, "api/v2/signingCert"),
    method: "POST",
    headers: { "content-type": "application/json", accept: "application/json" },
    body: JSON.stringify({
      credentials: { oidcIdentityToken: token },
      publicKeyRequest: {
        publicKey: { algorithm: "ECDSA", content: publicKey.export({ type: "spki", format: "pem" }) },
        proofOfPossession: proof.toString("base64"),
      },
    }),
    secrets: [token],
  } as const;
  const body = succeeded(await services.ask(request, signal), request);
  const [leaf, ...chain] = chainOf(answerJson(body, service));
  if (leaf === undefined) return unexpected("answer", service, "there is no certificate");
  if (!leaf.publicKey.equals(publicKey))
    return unexpected("answer", service, "the certificate is for another key");
  return {
    signer: keySigner(privateKey),
    certificate: { leaf: leaf.raw, chain: chain.map(({ raw }) => raw) },
  };
}

function chainOf(answer: AnswerJson): readonly X509Certificate[] {
  if (memberOf(answer, "signedCertificateDetachedSct") !== undefined) {
    return unexpected(
      "answer",
      service,
      "its proof of transparency is not in the certificate, where bundles have it",
    );
  }
  const chain = needed(needed(answer, "signedCertificateEmbeddedSct"), "chain");
  return itemsOf(needed(chain, "certificates")).map((pem) => {
    try {
      return new X509Certificate(textOf(pem));
    } catch {
      return unexpected(pem.path, service, "it is no certificate");
    }
  });
}
