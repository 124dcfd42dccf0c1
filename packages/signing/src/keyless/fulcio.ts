import { generateKeyPairSync, sign } from "node:crypto";
import type { Certificate } from "@countersign/engine/signature/certificate";
import { maxAnnotated, parseCertificates } from "@countersign/engine/signature/certificates-pem";
import { CountersignError } from "@countersign/engine/values/error";
import { keySigner } from "../keys/key-signer.ts";
import type { SigningParty } from "../signing-party.ts";
import { type AnswerJson, answerJson, itemsOf, memberOf, needed, textOf, unexpected } from "./answer-json.ts";
import type { IdentityToken } from "./identity-token.ts";
import { below, jsonRequest, type ServiceClient, succeeded } from "./service-client.ts";

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
  const asked = jsonRequest(service, below(url, "api/v2/signingCert"), {
    credentials: { oidcIdentityToken: token },
    publicKeyRequest: {
      publicKey: { algorithm: "ECDSA", content: publicKey.export({ type: "spki", format: "pem" }) },
      proofOfPossession: proof.toString("base64"),
    },
  });
  const request = { ...asked, secrets: [token] };
  const body = succeeded(await services.ask(request, signal), request);
  const [leaf, ...chain] = chainOf(answerJson(body, service));
  if (leaf === undefined) return unexpected("answer", service, "there is no certificate");
  const spki = publicKey.export({ type: "spki", format: "der" });
  if (Buffer.compare(leaf.publicKey?.spki ?? Buffer.of(), spki) !== 0)
    return unexpected("answer", service, "the certificate is for another key");
  return {
    signer: keySigner(privateKey),
    certificate: { leaf: leaf.raw, chain: chain.map(({ raw }) => raw) },
  };
}

/** As those read them who verify what is signed: what they refuse is better refused now. */
function chainOf(answer: AnswerJson): readonly Certificate[] {
  if (memberOf(answer, "signedCertificateDetachedSct") !== undefined) {
    return unexpected(
      "answer",
      service,
      "its proof of transparency is not in the certificate, where bundles have it",
    );
  }
  const chain = needed(needed(answer, "signedCertificateEmbeddedSct"), "chain");
  const listed = needed(chain, "certificates");
  const certificates = itemsOf(listed);
  if (certificates.length > maxAnnotated) {
    return unexpected(
      listed.path,
      service,
      `${certificates.length} certificates, ${maxAnnotated} are allowed`,
    );
  }
  return certificates.map((pem) => {
    const text = textOf(pem);
    try {
      const [certificate] = parseCertificates(Buffer.from(text), 1);
      if (certificate !== undefined) return certificate;
    } catch (caught) {
      const { message } = CountersignError.from(caught);
      return unexpected(pem.path, service, `it is no certificate: ${message}`);
    }
    return unexpected(pem.path, service, "it is no certificate");
  });
}
