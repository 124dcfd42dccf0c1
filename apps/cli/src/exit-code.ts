import type { ErrorCode } from "@countersign/engine/values/error";

/** What the process says to a script. The numbers are API. */
export const exitCode = { allowed: 0, denied: 1, usage: 2, undecided: 3 } as const;

const faultOfTheCaller: ReadonlySet<ErrorCode> = new Set([
  "USAGE",
  "REFERENCE_INVALID",
  "TRANSPORT_UNSUPPORTED",
  "SHORT_NAME_UNRESOLVED",
  "POLICY_INVALID",
  "POLICY_UNREADABLE",
  "POLICY_NOT_FOUND",
  "NAMESPACE_INVALID",
  "CONFIG_INVALID",
  "EVIDENCE_UNUSABLE",
  "SIGNING_KEY_UNUSABLE",
  "IDENTITY_TOKEN_UNUSABLE",
  "PREDICATE_INVALID",
  "SOCKET_IN_USE",
  "SOCKET_UNUSABLE",
  "STATE_IN_USE",
]);

/** 2 for what the caller wrote wrong (flags, policy, configuration), 3 for what the world kept from us. */
export function exitCodeOf(code: ErrorCode): number {
  return faultOfTheCaller.has(code) ? exitCode.usage : exitCode.undecided;
}
