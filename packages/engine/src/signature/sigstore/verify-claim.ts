import type { Certificate } from "../certificate.ts";
import type { CertificateWork } from "../certificate-work.ts";
import { ed25519phVerifies } from "../ed25519ph.ts";
import { refuse, refusing } from "../invalid.ts";
import type { PublicKey } from "../public-key.ts";
import { rememberedCertificate } from "../remembered-certificate.ts";
import { verificationEffort } from "../verification-effort.ts";
import { isSignedBy } from "./check-signed-data.ts";
import { digestOfSigned, type HashAlgorithm, type SignedData } from "./signed-data.ts";
import type { ClaimedSigner, SignedContent, SignedEntity } from "./signed-entity.ts";
import type { ExpectedSigner } from "./verified-entity.ts";

/** By whom an entity was signed: an expected key, or whoever has the certificate, of which nothing is believed yet. */
export type Claim =
  | { readonly type: "key"; readonly key: PublicKey }
  | {
      readonly type: "certificate";
      readonly entity: CertificateEntity;
      /** DER */
      readonly leaf: Uint8Array;
      readonly certificate: Certificate;
    };

/** It says to have been signed with a certificate. */
export interface CertificateEntity extends SignedEntity {
  readonly signer: ClaimedSigner & { readonly type: "certificate" };
}

/**
 * Verifies the signature, with the expected key or the key of the certificate.
 * @throws CountersignError SIGNATURE_INVALID
 */
export function verifyClaim(
  entity: SignedEntity,
  expected: ExpectedSigner,
  data: SignedData,
  work: CertificateWork,
): Claim {
  if (expected.type === "key") return { type: "key", key: signingKey(entity, expected, data, work) };
  if (!hasCertificate(entity)) return refuse("signed with a key, where a certificate is expected");
  const { leaf } = entity.signer;
  work.spend(1);
  const certificate = refusing("certificate: ", () => rememberedCertificate(leaf));
  const key = certificate.publicKey ?? refuse("certificate: its key is of no known kind");
  work.spend(verificationEffort(key) - 1);
  if (!isSignatureOf(key, entity.content, data, undefined, work)) {
    refuse("the signature is not of the certificate's key");
  }
  return { type: "certificate", entity, leaf, certificate };
}

function hasCertificate(entity: SignedEntity): entity is CertificateEntity {
  return entity.signer.type === "certificate";
}

function signingKey(
  { content, signer, format }: SignedEntity,
  { keys, hashAlgorithm }: ExpectedSigner & { readonly type: "key" },
  data: SignedData,
  work: CertificateWork,
): PublicKey {
  // cosign's old format may have a certificate beside, of which nobody asks
  if (signer.type === "certificate" && format !== "cosign attachment") {
    refuse("signed with a certificate, where a key is expected");
  }
  for (const key of keys) work.spend(verificationEffort(key) * expectedKeyShare);
  const signedBy = keys.find((key) => isSignatureOf(key, content, data, hashAlgorithm, work));
  return signedBy ?? refuse("the signature is not of the expected key");
}

/** A policy's own keys have no certificate to be parsed, and of hundreds of signatures by others one may be theirs. */
const expectedKeyShare = 0.25;

/** Ed25519 signs envelopes as they are, and of artifacts that are logged a digest: the log does not see more. */
function isSignatureOf(
  key: PublicKey,
  { type, signature }: SignedContent,
  data: SignedData,
  hashAlgorithm: HashAlgorithm | undefined,
  work: CertificateWork,
): boolean {
  if (isSignedBy(key, data, signature, hashAlgorithm)) return true;
  if (type !== "message" || key.type !== "ed25519") return false;
  const digest = digestOfSigned(data, "sha512");
  work.spend(prehashedEffort);
  return digest !== undefined && ed25519phVerifies(key.spki.subarray(-32), digest, signature);
}

/** How many signatures of other kinds are verified in the time of one. */
const prehashedEffort = 10;
