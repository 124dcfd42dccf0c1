import { matchesIdentity } from "../policy/match-identity.ts";
import type { IdentityMatch } from "../policy/policy.ts";
import type { PolicySubject } from "../policy/policy-subject.ts";
import type { CertificateWork } from "../signature/certificate-work.ts";
import { signatureFault, unsupportedKey } from "../signature/check-signature.ts";
import { cosignAnnotation } from "../signature/cosign-annotation.ts";
import { type CertificateAnnotations, verifyFulcioCertificate } from "../signature/fulcio-identity.ts";
import { reasonOf, refuse, refusing } from "../signature/invalid.ts";
import { verifyPkiCertificate } from "../signature/pki-identity.ts";
import type { PublicKey } from "../signature/public-key.ts";
import { onlyPemBlock, type RekorKey, requireEntryOf, verifyRekorSet } from "../signature/rekor-set.ts";
import { parseCosignPayload, type SignedPayload } from "../signature/signed-payload.ts";
import { CountersignError } from "../values/error.ts";
import { quote } from "../values/go-format.ts";
import { decodeBase64 } from "../values/strict-base64.ts";
import type { Evidence } from "./evidence.ts";
import type { SigstoreAttachment } from "./ports.ts";
import type { TrustRoot } from "./trust-root.ts";

/** What an accepted signature must be about. */
export interface SignedSubject {
  readonly image: PolicySubject;
  readonly identity: IdentityMatch;
  readonly evidence: Evidence;
  /** what all signatures of one judgement share */
  readonly work: CertificateWork;
}

/**
 * Accepts a signature or says why not: first who signed, then the cryptographic signature, and only then what it says:
 * the manifest's digest and the image's name.
 * Source: containers/image signature/policy_eval_sigstore.go, isSignatureAccepted.
 * @returns what it says, now to be believed
 * @throws CountersignError SIGNATURE_INVALID if it does not count; TRUST_MATERIAL_INVALID if our keys are unusable
 */
export function acceptSignature(
  signature: SigstoreAttachment,
  trustRoot: TrustRoot,
  { image, identity, evidence, work }: SignedSubject,
): SignedPayload {
  const base64Signature = annotation(signature, cosignAnnotation.signature);
  const keys = signerKeys(signature, base64Signature, trustRoot, evidence.now, work);
  const bytes = refusing("base64 decoding: ", () => decodeBase64(base64Signature));
  if (keys.some(({ type }) => type === "unsupported")) refuseKeys(trustRoot);
  const faults = keys.map((key) => signatureFault(key, signature.payload, bytes));
  if (!faults.includes(undefined)) {
    refuse(`cryptographic signature verification failed: ${faults.join(", ")}`);
  }
  const payload = parseCosignPayload(signature.payload);
  const { manifestDigest, dockerReference } = payload;
  if (manifestDigest !== evidence.manifestDigest) {
    refuse(`Signature for digest ${manifestDigest} does not match`);
  }
  if (!matchesIdentity(identity, image.reference, dockerReference)) {
    refuse(`Signature for identity ${quote(dockerReference)} is not accepted`);
  }
  return payload;
}

function annotation({ annotations }: SigstoreAttachment, name: string): string {
  return annotations.get(name) ?? refuse(`missing ${name} annotation`);
}

/** The keys of which one must have signed; for a certificate, its own. */
function signerKeys(
  signature: SigstoreAttachment,
  base64Signature: string,
  trustRoot: TrustRoot,
  now: number,
  work: CertificateWork,
): readonly PublicKey[] {
  switch (trustRoot.type) {
    case "keys":
      return trustRoot.rekor === undefined
        ? trustRoot.keys
        : [loggedKey(signature, base64Signature, trustRoot.keys, trustRoot.rekor)];
    case "fulcio": {
      const set = annotation(signature, cosignAnnotation.bundle);
      const certificate = annotation(signature, cosignAnnotation.certificate);
      const { integratedTime, entry } = verifyRekorSet(trustRoot.rekor, set);
      const signer = () => onlyPemBlock(Buffer.from(certificate), toBeMatched);
      requireEntryOf(entry, { signer, base64Signature, payload: signature.payload });
      const annotations = certificateAnnotations(signature, certificate);
      return [known(verifyFulcioCertificate(trustRoot.identity, annotations, integratedTime, work))];
    }
    case "pki": {
      const certificate = annotation(signature, cosignAnnotation.certificate);
      const annotations = certificateAnnotations(signature, certificate);
      return [known(verifyPkiCertificate(trustRoot.identity, annotations, now, work))];
    }
  }
}

const toBeMatched = "public key or cert to be matched against publicKey in Rekor SET";

/** The first of our keys that the log entry is about; the entry's time does not matter. */
function loggedKey(
  signature: SigstoreAttachment,
  base64Signature: string,
  keys: readonly PublicKey[],
  rekor: readonly RekorKey[],
): PublicKey {
  const set = annotation(signature, cosignAnnotation.bundle);
  const { payload } = signature;
  const reasons: string[] = [];
  for (const key of keys) {
    try {
      const { entry } = verifyRekorSet(rekor, set);
      requireEntryOf(entry, { signer: () => key.spki, base64Signature, payload });
      return key;
    } catch (caught) {
      reasons.push(reasonOf(caught));
    }
  }
  return refuse(`No public key verified against the RekorSET: ${reasons.join(", ")}`);
}

function certificateAnnotations(
  { annotations }: SigstoreAttachment,
  certificate: string,
): CertificateAnnotations {
  return { certificate, chain: annotations.get(cosignAnnotation.chain) };
}

function known(key: PublicKey | undefined): PublicKey {
  return key ?? refuse(unsupportedKey);
}

/** A key that can verify nothing is our fault if the policy names it, and the signer's if a certificate holds it. */
function refuseKeys({ type }: TrustRoot): never {
  if (type !== "keys") return refuse(unsupportedKey);
  throw new CountersignError("TRUST_MATERIAL_INVALID", unsupportedKey);
}
