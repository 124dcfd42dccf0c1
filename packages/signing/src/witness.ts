import { bareTrustedRoot } from "@countersign/engine/signature/sigstore/bare-trust";
import type { HashAlgorithm } from "@countersign/engine/signature/sigstore/signed-data";
import type { TrustedRoot } from "@countersign/engine/signature/sigstore/trusted-root";
import type { MadeEnvelope } from "./formats/envelope.ts";
import type { SigningPublicKey } from "./keys/signer.ts";
import type { SigningParty } from "./signing-party.ts";

/** A transparency log, as far as a signer shows it what was signed. */
export interface TransparencyLog {
  /** whether it promises to include what it took, which is all that cosign's old format has room for */
  readonly givesPromises: boolean;
  /** what an envelope has to be hashed with for this log: Rekor v2 takes no other hash than the curve's */
  hashFor(key: SigningPublicKey): HashAlgorithm;
  /** @throws CountersignError SIGNING_SERVICE_FAILED */
  takeMessage(message: SignedMessage, party: SigningParty, signal: AbortSignal): Promise<LogReceipt>;
  /** @throws CountersignError SIGNING_SERVICE_FAILED */
  takeEnvelope(envelope: MadeEnvelope, party: SigningParty, signal: AbortSignal): Promise<LogReceipt>;
}

/** A signature over SHA-256 of something. */
export interface SignedMessage {
  readonly message: Uint8Array;
  readonly signature: Uint8Array;
}

/** That a log took it. */
export interface LogReceipt {
  /** a TransparencyLogEntry in protobuf's JSON, as bundles hold it */
  readonly entry: object;
  /** the promise to include it as `.sig` and `.att` layers hold it; undefined from a log that gives none, as Rekor v2 */
  readonly promise: string | undefined;
}

/** Says that it saw a signature, and when. */
export interface TimestampAuthority {
  /**
   * @returns a TimeStampResp, DER
   * @throws CountersignError SIGNING_SERVICE_FAILED
   */
  stamp(signature: Uint8Array, signal: AbortSignal): Promise<Uint8Array>;
}

/** Who is shown each signature, besides those who verify it. */
export interface Witnesses {
  readonly log: TransparencyLog | undefined;
  readonly timestampAuthority: TimestampAuthority | undefined;
  /** by whom signatures that are there already have to have been seen, to be as good as one that these see now */
  readonly trust: TrustedRoot;
}

/** Believes no log and no authority. */
export const nobodyTrusted: TrustedRoot = bareTrustedRoot({ ca: undefined, rekorKeys: [] });

export const noWitnesses: Witnesses = {
  log: undefined,
  timestampAuthority: undefined,
  trust: nobodyTrusted,
};
