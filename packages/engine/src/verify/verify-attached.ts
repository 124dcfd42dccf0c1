import type { KeyAuthority, KeylessAuthority } from "../policy/sigstore-requirement.ts";
import type { CertificateWork } from "../signature/certificate-work.ts";
import { refuse } from "../signature/invalid.ts";
import type { SignedEntity } from "../signature/sigstore/signed-entity.ts";
import type { Artifact, VerifiedEntity } from "../signature/sigstore/verified-entity.ts";
import { verifyEntity } from "../signature/sigstore/verify-entity.ts";
import { type Digest, digestAlgorithm, digestHex } from "../values/digest.ts";
import { CountersignError } from "../values/error.ts";
import type { Attached } from "./attached-content.ts";
import { type AuthorityQuestion, authorityQuestion } from "./authority-question.ts";
import type { Evidence } from "./evidence.ts";
import type { AttachedReader } from "./read-attached.ts";
import type { CertifiedSigner } from "./verdict.ts";

/**
 * Verifies what is stored as an authority wants it, each once, whatever is asked of it then, and whichever of the
 * authorities asks that have the same trust.
 */
export interface AttachedVerifier {
  /** @throws CountersignError SIGNATURE_INVALID; with another code when the authority's own trust cannot be had */
  verify(attached: Attached): VerifiedEntity;
  /** whom the certificate is for, of one that verified */
  certified(attached: Attached): CertifiedSigner | undefined;
}

/** @param digests of the image: what a signature may be over that brings no payload along */
export function attachedVerifier(
  authority: KeyAuthority | KeylessAuthority,
  evidence: Evidence,
  digests: ReadonlySet<Digest>,
  reader: AttachedReader,
  work: CertificateWork,
): AttachedVerifier {
  const known = new Map<Attached, VerifiedEntity | CountersignError>();
  let question: AuthorityQuestion | undefined;

  function verifyOnce(attached: Attached): VerifiedEntity | CountersignError {
    try {
      const entity = reader.read(attached);
      const artifact = artifactOf(attached, entity, digests);
      question ??= authorityQuestion(authority, evidence);
      return verifyEntity(entity, { ...question, artifact }, work);
    } catch (caught) {
      return CountersignError.from(caught);
    }
  }

  return {
    verify(attached) {
      const verified = known.get(attached) ?? verifyOnce(attached);
      known.set(attached, verified);
      if (verified instanceof CountersignError) throw verified;
      return verified;
    },
    certified(attached) {
      const verified = known.get(attached);
      if (verified === undefined || verified instanceof CountersignError) return undefined;
      const { signer } = verified;
      return signer.type === "certificate" ? { issuer: signer.issuer, names: signer.names } : undefined;
    },
  };
}

/** What the signature is over, unless that came in an envelope. A bundle's message is the manifest itself. */
function artifactOf(
  attached: Attached,
  { content }: SignedEntity,
  digests: ReadonlySet<Digest>,
): Artifact | undefined {
  if (content.type === "envelope") return undefined;
  if (attached.type === "sigstore") return { type: "bytes", bytes: attached.payload };
  if (content.digest === undefined) return refuse("it does not say which manifest it signs");
  const { algorithm, value } = content.digest;
  const hex = Buffer.from(value).toString("hex");
  const isOurs = [...digests].some(
    (digest) => digestAlgorithm(digest) === algorithm && digestHex(digest) === hex,
  );
  if (!isOurs) refuse(`Signature for digest ${algorithm}:${hex} does not match`);
  return { type: "digest", algorithm, value };
}
