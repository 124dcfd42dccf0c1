import { matchesIdentity } from "../policy/match-identity.ts";
import type { SignedByRequirement } from "../policy/policy.ts";
import type { PolicySubject } from "../policy/policy-subject.ts";
import { refuse } from "../signature/invalid.ts";
import { type CurrentKeys, currentKeys } from "../signature/openpgp/find-signer.ts";
import { openMessage, unverifiedContents } from "../signature/openpgp/message.ts";
import { rememberedKeyring } from "../signature/openpgp/remembered-keyring.ts";
import { parseSimpleSigningPayload } from "../signature/signed-payload.ts";
import { CountersignError } from "../values/error.ts";
import { quote } from "../values/go-format.ts";
import { claimsOf } from "./claims-of.ts";
import { type Evidence, storedOf } from "./evidence.ts";
import { judgeEach, type KnownOfSignature, noSignature } from "./judge-each.ts";
import type { Judgement } from "./judgement.ts";
import type { SimpleSigningBlob, UnverifiedSignature } from "./ports.ts";
import { readTrustSource } from "./trust-source.ts";
import type { SignedClaims } from "./verdict.ts";

/**
 * Requires one OpenPGP signature by a key of the requirement's. The keys are read once there is a signature for them.
 * Source: containers/image signature/policy_eval_signedby.go.
 * @throws CountersignError when none is accepted and one of them could not be judged for want of our own keys
 */
export function judgeSignedBy(
  requirement: SignedByRequirement,
  image: PolicySubject,
  evidence: Evidence,
): Judgement {
  const now = Math.floor(evidence.now);
  let keys: CurrentKeys | undefined;
  return judgeEach(storedOf(evidence), {
    isRelevant: isSimpleSigning,
    whyNotRelevant: () => "signedBy looks at OpenPGP signatures only",
    accept(signature) {
      requireGpgKeys(requirement);
      keys ??= currentKeys(rememberedKeyring(readTrustSource(requirement.keys, evidence.trustFiles)), now);
      if (keys.isEmpty) refuse("No public keys imported");
      return acceptSimpleSigning(signature, keys, now, { requirement, image, evidence });
    },
    read: (signature) => ({ signer: undefined, certificate: undefined, claims: readUnverified(signature) }),
    none: () => noSignature,
  });
}

function isSimpleSigning(signature: UnverifiedSignature): signature is SimpleSigningBlob {
  return signature.type === "simpleSigning";
}

function requireGpgKeys({ keyType }: SignedByRequirement): void {
  if (keyType === "GPGKeys") return;
  throw new CountersignError("REQUIREMENT_UNSUPPORTED", `Unimplemented "keyType" value ${quote(keyType)}`);
}

interface JudgedImage {
  readonly requirement: SignedByRequirement;
  readonly image: PolicySubject;
  readonly evidence: Evidence;
}

/** First who signed, then what it says: the manifest's digest and the image's name. */
function acceptSimpleSigning(
  { bytes }: SimpleSigningBlob,
  keys: CurrentKeys,
  now: number,
  { requirement, image, evidence }: JudgedImage,
): KnownOfSignature {
  const { contents, signer } = openMessage(bytes, keys.find, now);
  if (keys.isShared(signer)) {
    // gpgme's words: two of our keys claim the same subkey
    throw new CountersignError("TRUST_MATERIAL_INVALID", "Ambiguous name");
  }
  const payload = parseSimpleSigningPayload(contents);
  const { manifestDigest, dockerReference } = payload;
  if (manifestDigest !== evidence.manifestDigest) {
    refuse(`Signature for digest ${manifestDigest} does not match`);
  }
  if (!matchesIdentity(requirement.identity, image.reference, dockerReference)) {
    refuse(`Signature for identity ${quote(dockerReference)} is not accepted`);
  }
  return { signer: signer.primary.fingerprint, certificate: undefined, claims: claimsOf(payload) };
}

function readUnverified({ bytes }: SimpleSigningBlob): SignedClaims | undefined {
  const contents = unverifiedContents(bytes);
  try {
    return contents && claimsOf(parseSimpleSigningPayload(contents));
  } catch {
    return undefined;
  }
}
