/**
 * Stable names of everything that keeps Countersign from deciding. They are API: add, never rename, and
 * describe each in docs/reference/error-codes.md. A denial is not an error; see `Verdict`.
 */
export type ErrorCode =
  // text that a person or a stranger wrote
  | "JSON_INVALID"
  | "BASE64_INVALID"
  | "DIGEST_INVALID"
  | "REFERENCE_INVALID"
  | "TRANSPORT_UNSUPPORTED"
  | "SHORT_NAME_UNRESOLVED"
  | "POLICY_INVALID"
  | "POLICY_UNREADABLE"
  | "POLICY_NOT_FOUND"
  | "NAMESPACE_INVALID"
  | "NAMESPACE_UNKNOWN"
  | "CONFIG_INVALID"
  | "USAGE"
  // evidence
  | "MANIFEST_INVALID"
  | "MANIFEST_DIGEST_MISMATCH"
  | "PLATFORM_NOT_FOUND"
  | "TRUST_FILE_UNREADABLE"
  | "TRUST_MATERIAL_INVALID"
  | "TRUST_REPOSITORY_UNUSABLE"
  | "SIGNATURE_UNREADABLE"
  | "SIGNATURE_INVALID"
  | "REQUIREMENT_UNSUPPORTED"
  | "EVIDENCE_UNUSABLE"
  | "IMAGE_UNREADABLE"
  // the registry
  | "REGISTRY_UNREACHABLE"
  | "REGISTRY_DENIED"
  | "REGISTRY_NOT_FOUND"
  | "REGISTRY_ANSWER_INVALID"
  | "CREDENTIALS_UNREADABLE"
  | "TOO_LARGE"
  | "DEADLINE_EXCEEDED"
  | "CANCELLED"
  // signing
  | "SIGNING_KEY_UNUSABLE"
  | "SIGNER_FAILED"
  | "SIGNING_SERVICE_FAILED"
  | "IDENTITY_TOKEN_UNUSABLE"
  | "PREDICATE_INVALID"
  | "REGISTRY_CONFLICT"
  | "TAG_TAKEN"
  // the cluster
  | "REVIEW_INVALID"
  | "POLICIES_UNKNOWN"
  | "OVERLOADED"
  // the node
  | "RUNTIME_UNREACHABLE"
  | "SOCKET_IN_USE"
  | "SOCKET_UNUSABLE"
  | "STATE_IN_USE"
  | "DISK_FULL"
  | "TAG_MOVED"
  | "TAG_MOVING"
  | "IMAGE_ABSENT"
  | "IMAGE_UNNAMED"
  | "CHECKPOINT_REFUSED"
  | "RUNTIME_MISMATCH"
  | "INTERNAL";

/** The one error class. Match on `code`; the message is for people and may improve. */
export class CountersignError extends Error {
  override readonly name = "CountersignError";
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }

  /** Normalises whatever was caught; anything unexpected becomes INTERNAL with its cause kept. */
  static from(caught: unknown): CountersignError {
    if (caught instanceof CountersignError) return caught;
    const message = caught instanceof Error ? caught.message : String(caught);
    return new CountersignError("INTERNAL", message, { cause: caught });
  }
}

/** Makes a switch over a union complete: a new variant stops compiling where this is called. */
export function unreachable(value: never): never {
  throw new CountersignError("INTERNAL", `unhandled variant: ${JSON.stringify(value)}`);
}
