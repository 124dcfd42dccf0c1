import { hash } from "node:crypto";
import { signEd25519ph } from "../ed25519ph.ts";
import type { KeyKind, SigningKey, SignOptions } from "../signing-key.ts";

/** A signature that was made, with all that a log, a timestamp authority and a bundle want to know of it. */
export type MadeSignature = MadeMessage | MadeEnvelope;

export interface MadeMessage {
  readonly type: "message";
  readonly artifact: Uint8Array;
  readonly hash: BundleHash;
  readonly signature: Uint8Array;
}

/** DSSE */
export interface MadeEnvelope {
  readonly type: "envelope";
  readonly payload: Uint8Array;
  readonly payloadType: string;
  readonly hash: BundleHash;
  readonly signature: Uint8Array;
  readonly keyId: string;
}

export type BundleHash = "sha256" | "sha384" | "sha512";

/** How something is signed, where not as usual. */
export interface SignatureChanges extends Pick<SignOptions, "padding" | "encoding" | "salt"> {
  /** default the one that goes with the key's curve */
  readonly hash?: BundleHash;
  /** of an envelope; default in-toto's */
  readonly payloadType?: string;
  readonly keyId?: string;
}

export const inTotoPayloadType = "application/vnd.in-toto+json";

/** A signature over an artifact's bytes; with Ed25519 over its digest (ed25519ph), as cosign's are. */
export function signMessage(
  key: SigningKey,
  artifact: Uint8Array,
  changes: SignatureChanges = {},
): MadeMessage {
  const { hash = usualHash(key.kind), ...options } = changes;
  const signature =
    key.kind === "ed25519" ? signEd25519ph(key, artifact) : key.sign(artifact, { ...options, hash });
  return { type: "message", artifact, hash, signature };
}

/** DSSE over `payload`. */
export function signEnvelope(
  key: SigningKey,
  payload: Uint8Array,
  changes: SignatureChanges = {},
): MadeEnvelope {
  const { hash = usualHash(key.kind), payloadType = inTotoPayloadType, keyId = "", ...options } = changes;
  const signature = key.sign(preAuthEncoding(payloadType, payload), { ...options, hash });
  return { type: "envelope", payload, payloadType, hash, signature, keyId };
}

/** PAE (DSSE, protocol.md): what is signed of an envelope. */
export function preAuthEncoding(payloadType: string, payload: Uint8Array): Uint8Array {
  const type = Buffer.from(payloadType);
  const head = `DSSEv1 ${type.length} ${payloadType} ${payload.length} `;
  return Buffer.concat([Buffer.from(head), payload]);
}

/** What the key signed: the artifact, or the envelope's PAE. */
export function signedBytes(made: MadeSignature): Uint8Array {
  return made.type === "message" ? made.artifact : preAuthEncoding(made.payloadType, made.payload);
}

export function digestOf(made: MadeSignature): Uint8Array {
  return hash(made.hash, signedBytes(made), "buffer");
}

/** The envelope as cosign writes it: what a log hashes, and a legacy attestation's layer. */
export function envelopeJson({ payload, payloadType, signature, keyId }: MadeEnvelope): Uint8Array {
  return Buffer.from(
    JSON.stringify({
      payloadType,
      payload: base64(payload),
      signatures: [{ keyid: keyId, sig: base64(signature) }],
    }),
  );
}

export function base64(bytes: Uint8Array | string): string {
  return Buffer.from(bytes).toString("base64");
}

export function usualHash(kind: KeyKind): BundleHash {
  return kind === "p384" ? "sha384" : kind === "p521" || kind === "ed25519" ? "sha512" : "sha256";
}
