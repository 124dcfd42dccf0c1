import type { HashAlgorithm } from "./signed-data.ts";

/** A signature as a log has it: everything that has to be the same in the entity that the entry came with. */
export interface LoggedSignature {
  readonly digests: readonly LoggedDigest[];
  /** undefined: the log keeps none, only the digest of an envelope that holds it */
  readonly signature: Uint8Array | undefined;
  readonly verifier: LoggedVerifier;
}

export interface LoggedDigest {
  /** what was signed (of an envelope its PAE), an envelope's payload, or the envelope as it is stored */
  readonly of: "signed data" | "payload" | "envelope";
  readonly algorithm: HashAlgorithm;
  readonly value: Uint8Array;
}

/** DER */
export type LoggedVerifier =
  | { readonly type: "certificate"; readonly der: Uint8Array }
  | { readonly type: "key"; readonly spki: Uint8Array };
