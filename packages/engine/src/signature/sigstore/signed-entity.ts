/**
 * A signature and all that came with it, whichever format it was stored in: a sigstore bundle, or a layer of a cosign
 * `.sig` or `.att` manifest. Well-formed, and nothing of it is believed.
 */
export interface SignedEntity {
  readonly content: SignedContent;
  readonly signer: ClaimedSigner;
  readonly logEntries: readonly LogEntry[];
  /** RFC 3161 TimeStampResp, DER */
  readonly timestamps: readonly Uint8Array[];
  /** which rules of the bundle format apply to it: 0.1 goes by log promises, later ones by inclusion proofs */
  readonly format: BundleFormat | "cosign attachment";
}

export type BundleFormat = "bundle 0.1" | "bundle 0.2" | "bundle 0.3";

export type SignedContent = SignedMessage | SignedEnvelope;

/** A signature over an artifact that is somewhere else. */
export interface SignedMessage {
  readonly type: "message";
  /** what the signer said that the artifact's digest is; undefined in formats that do not say */
  readonly digest:
    | { readonly algorithm: "sha256" | "sha384" | "sha512"; readonly value: Uint8Array }
    | undefined;
  readonly signature: Uint8Array;
}

/** DSSE: a signed statement, which brings its payload along (secure-systems-lab/dsse, protocol.md). */
export interface SignedEnvelope {
  readonly type: "envelope";
  readonly payloadType: string;
  readonly payload: Uint8Array;
  readonly signature: Uint8Array;
  readonly keyId: string;
  /** the envelope's bytes as they were stored, where a log entry covers those; undefined in a bundle */
  readonly stored: Uint8Array | undefined;
}

/** Who says to have signed. */
export type ClaimedSigner =
  /** DER; `chain` are untrusted intermediates, in the order given */
  | { readonly type: "certificate"; readonly leaf: Uint8Array; readonly chain: readonly Uint8Array[] }
  | { readonly type: "key"; readonly hint: string };

/** What a transparency log is said to have taken (rekor v1 and v2). */
export interface LogEntry {
  readonly logId: Uint8Array;
  /** what JSON cannot hold as a number is refused by the parser */
  readonly logIndex: bigint;
  readonly kind: string;
  readonly version: string;
  /** seconds since 1970; 0 if the log does not say */
  readonly integratedTime: bigint;
  /** the signed entry timestamp; undefined if there is none */
  readonly promise: Uint8Array | undefined;
  readonly proof: InclusionProof | undefined;
  readonly body: Uint8Array;
}

/** RFC 6962 §2.1.1, with the signed note that carries the root. */
export interface InclusionProof {
  readonly logIndex: bigint;
  readonly treeSize: bigint;
  readonly rootHash: Uint8Array;
  readonly hashes: readonly Uint8Array[];
  readonly checkpoint: string;
}
