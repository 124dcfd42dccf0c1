import type { ErrorCode } from "@countersign/engine/values/error";
import { nearWord } from "@countersign/engine/values/near-word";
import type { DenialCode } from "@countersign/engine/verify/denial-code";

/** By decision, what its code may be. The compiler sees to it that none is missing. */
const denials: Readonly<Record<DenialCode, "denied">> = {
  POLICY_REJECTS: "denied",
  SIGNATURE_MISSING: "denied",
  SIGNATURE_NOT_ACCEPTED: "denied",
  ATTESTATION_MISSING: "denied",
  ATTESTATION_NOT_ACCEPTED: "denied",
  REQUIREMENT_UNSATISFIABLE: "denied",
};

const errors: Readonly<Record<ErrorCode, "undecided">> = {
  JSON_INVALID: "undecided",
  BASE64_INVALID: "undecided",
  DIGEST_INVALID: "undecided",
  REFERENCE_INVALID: "undecided",
  TRANSPORT_UNSUPPORTED: "undecided",
  SHORT_NAME_UNRESOLVED: "undecided",
  POLICY_INVALID: "undecided",
  POLICY_UNREADABLE: "undecided",
  POLICY_NOT_FOUND: "undecided",
  NAMESPACE_INVALID: "undecided",
  NAMESPACE_UNKNOWN: "undecided",
  CONFIG_INVALID: "undecided",
  USAGE: "undecided",
  MANIFEST_INVALID: "undecided",
  MANIFEST_DIGEST_MISMATCH: "undecided",
  PLATFORM_NOT_FOUND: "undecided",
  TRUST_FILE_UNREADABLE: "undecided",
  TRUST_MATERIAL_INVALID: "undecided",
  TRUST_REPOSITORY_UNUSABLE: "undecided",
  SIGNATURE_UNREADABLE: "undecided",
  SIGNATURE_INVALID: "undecided",
  REQUIREMENT_UNSUPPORTED: "undecided",
  EVIDENCE_UNUSABLE: "undecided",
  IMAGE_UNREADABLE: "undecided",
  REGISTRY_UNREACHABLE: "undecided",
  REGISTRY_DENIED: "undecided",
  REGISTRY_NOT_FOUND: "undecided",
  REGISTRY_ANSWER_INVALID: "undecided",
  CREDENTIALS_UNREADABLE: "undecided",
  TOO_LARGE: "undecided",
  DEADLINE_EXCEEDED: "undecided",
  CANCELLED: "undecided",
  SIGNING_KEY_UNUSABLE: "undecided",
  SIGNER_FAILED: "undecided",
  SIGNING_SERVICE_FAILED: "undecided",
  IDENTITY_TOKEN_UNUSABLE: "undecided",
  PREDICATE_INVALID: "undecided",
  REGISTRY_CONFLICT: "undecided",
  TAG_TAKEN: "undecided",
  REVIEW_INVALID: "undecided",
  POLICIES_UNKNOWN: "undecided",
  OVERLOADED: "undecided",
  RUNTIME_UNREACHABLE: "undecided",
  SOCKET_IN_USE: "undecided",
  SOCKET_UNUSABLE: "undecided",
  TAG_MOVED: "undecided",
  TAG_MOVING: "undecided",
  IMAGE_ABSENT: "undecided",
  IMAGE_UNNAMED: "undecided",
  CHECKPOINT_REFUSED: "undecided",
  RUNTIME_MISMATCH: "undecided",
  DISK_FULL: "undecided",
  STATE_IN_USE: "undecided",
  INTERNAL: "undecided",
};

const known: Readonly<Record<string, "denied" | "undecided">> = { ...denials, ...errors };

/** Why a code can never be the answer, and what to write; undefined for one that there is. */
export function whyNoCode(text: string): string | undefined {
  if (Object.hasOwn(known, text)) return undefined;
  const near = nearWord(text, Object.keys(known));
  return `there is no such code; ${near === undefined ? "write one of docs/reference/error-codes.md, as in SIGNATURE_MISSING" : `write ${near}`}`;
}

/** Why a code that there is never comes with a decision; undefined where it may. */
export function whyNotBoth(decision: "denied" | "undecided", code: string): string | undefined {
  const other = known[code];
  if (other === undefined || other === decision) return undefined;
  return `${code} is the code of what is ${other}: expect ${other}, or another code`;
}
