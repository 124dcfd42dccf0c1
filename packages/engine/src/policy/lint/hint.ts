/** Something that is valid and almost certainly not what its author meant. */
export interface Hint {
  readonly code: HintCode;
  /** where in the policy: `transports.docker["x"][0].keyPath`; `""` is the file itself */
  readonly path: string;
  /** what is so, and what follows from it */
  readonly message: string;
  /** what to do about it: the exact text to write, where there is one */
  readonly remedy: string;
}

/**
 * `warning`: the policy does not do what it seems to. `note`: it does, and yet it is worth a look.
 */
export type HintSeverity = "warning" | "note";

export type HintCode = keyof typeof hintSeverity;

/**
 * Every kind of hint. The names are API: add, never rename, and describe each in docs/reference/lint-hints.md. Where a
 * hint foretells an error or a denial, it is called as that is.
 */
export const hintSeverity = {
  // scopes
  SCOPE_NEVER_MATCHES: "warning",
  SCOPE_NAMED_TWICE: "warning",
  HOST_IN_CAPITALS: "warning",
  WILDCARD_MISSES_HOST: "note",
  PORT_MAKES_ANOTHER_HOST: "note",
  OFFICIAL_IMAGE_MISSED: "note",
  SCOPE_WEAKER_THAN_PARENT: "note",
  TRANSPORT_UNKNOWN: "warning",
  TRANSPORT_EMPTY: "note",
  TRANSPORT_WITHOUT_SIGNATURES: "warning",
  // what is let through, what is kept out
  DEFAULT_ACCEPTS_EVERYTHING: "warning",
  PUBLIC_REGISTRY_ACCEPTED: "warning",
  REJECT_BESIDE_OTHERS: "warning",
  REQUIREMENT_REDUNDANT: "note",
  REQUIREMENT_UNSATISFIABLE: "warning",
  EVERY_KEY_MUST_SIGN: "note",
  // whose name is signed
  COSIGN_IDENTITY_REFUSED: "warning",
  EXACT_MATCH_REFUSES_DIGESTS: "note",
  IDENTITY_NEVER_MATCHES: "warning",
  REMAP_WITHOUT_EFFECT: "warning",
  TAG_IGNORED: "note",
  // who signs
  CI_IDENTITY_UNSUPPORTED: "warning",
  SUBJECT_NEVER_MATCHES: "warning",
  ISSUER_NEVER_MATCHES: "warning",
  ISSUER_ENDS_IN_SLASH: "note",
  NO_KEYS: "warning",
  TRUST_PATH_NOT_ABSOLUTE: "warning",
  TRUST_PATH_NOT_EXPANDED: "warning",
  // the extension
  MARKER_UNUSED: "note",
  ONLY_WARNS: "note",
  ALTERNATIVE_ACCEPTS_EVERYTHING: "warning",
  AUTHORITY_SHADOWED: "warning",
  CERTIFICATE_TIME_UNKNOWN: "warning",
  BUNDLE_IDENTITY_REFUSED: "note",
  PATTERN_NOT_ANCHORED: "warning",
  PATTERN_MATCHES_ANYTHING: "warning",
  PATTERN_MATCHES_OTHER_NAMES: "note",
  ATTESTATION_POLICY_CONSTANT: "warning",
  ATTESTATION_POLICY_NEVER_TRUE: "warning",
  TRUSTED_ROOT_INCOMPLETE: "warning",
  TRUSTED_ROOT_LOG_LEFT_OUT: "warning",
  // keys and certificates themselves
  TRUST_FILE_UNREADABLE: "warning",
  TRUST_MATERIAL_INVALID: "warning",
  KEY_IS_PRIVATE: "warning",
  KEY_WEAK: "warning",
  KEY_EXPIRED: "warning",
  KEY_EXPIRES_SOON: "note",
  KEY_REVOKED: "warning",
  KEY_CANNOT_SIGN: "warning",
  KEYS_IGNORED: "warning",
  CERTIFICATES_IGNORED: "warning",
  CERTIFICATE_EXPIRED: "warning",
  CERTIFICATE_NOT_YET_VALID: "warning",
  CERTIFICATE_EXPIRES_SOON: "note",
  CERTIFICATE_NOT_CA: "warning",
  CERTIFICATE_NOT_FOR_CODE: "warning",
  // around the policy
  ATTACHMENTS_NOT_READ: "warning",
  LOOKASIDE_NOT_SET: "note",
  POLICY_FILE_NAME: "warning",
  TOO_MANY_SCOPES: "warning",
  FILE_WRITABLE_BY_ALL: "warning",
} as const satisfies Readonly<Record<string, HintSeverity>>;
