import type { CertificateWork } from "../certificate-work.ts";
import { refuse } from "../invalid.ts";
import type { PublicKey } from "../public-key.ts";
import { isSignedBy } from "./check-signed-data.ts";
import { type SignedData, signedData } from "./signed-data.ts";
import type { SignedEntity } from "./signed-entity.ts";
import type { ExpectedSigner, VerificationQuestion, VerifiedEntity } from "./verified-entity.ts";

/**
 * Verifies that an entity was signed by whom the question expects, and that as many logs and timestamp authorities
 * vouch for it as are demanded. What it says, and which name in a certificate may sign, is for whoever asked to judge.
 * Source: sigstore/architecture-docs client-spec.md §4.
 * @throws CountersignError SIGNATURE_INVALID, saying which part was wrong
 */
export function verifyEntity(
  entity: SignedEntity,
  { signer, demands, artifact }: VerificationQuestion,
  _work: CertificateWork,
): VerifiedEntity {
  const data = signedData(entity.content, artifact);
  if (signer.type !== "key") return refuse("certificate: not verified yet");
  if (demands.logs > 0 || demands.timestamps > 0) refuse("log entries and timestamps: not verified yet");
  const key = signingKey(entity, signer, data);
  return { signer: { type: "key", key }, content: entity.content, times: [], logs: 0 };
}

function signingKey(
  { content, signer, format }: SignedEntity,
  { keys, hashAlgorithm }: ExpectedSigner & { readonly type: "key" },
  data: SignedData,
): PublicKey {
  if (signer.type === "certificate" && format !== "cosign attachment") {
    refuse("signed with a certificate, where a key is expected");
  }
  const signedBy = keys.find((key) => isSignedBy(key, data, content.signature, hashAlgorithm));
  return signedBy ?? refuse("the signature is not of the expected key");
}
