import { createHash } from "node:crypto";
import { createSigningKey, type SigningKey } from "./signing-key.ts";

/** A log that promises to include what it is shown, as Rekor v1 does. */
export interface TransparencyLog {
  readonly key: SigningKey;
  /** what a policy's `rekorPublicKeyData` holds */
  readonly publicKeyPem: string;
  /** The bundle annotation for an entry: JSON of a SignedEntryTimestamp and what it signs. */
  promise(entry: LogEntry): string;
}

export interface LogEntry {
  /** PEM of the signer's key or certificate */
  readonly signer: string;
  readonly signature: Uint8Array;
  readonly payload: Uint8Array;
  /** seconds since 1970 */
  readonly integratedTime: number;
}

export function createLog(name: string): TransparencyLog {
  const key = createSigningKey(name);
  return {
    key,
    publicKeyPem: key.publicKeyPem,
    promise: (entry) => bundle(key, logPayload(key, hashedrekord(entry), entry.integratedTime)),
  };
}

/** The body of a `hashedrekord` 0.0.1 entry. */
export function hashedrekord({ signer, signature, payload }: LogEntry): HashedrekordBody {
  const base64 = (bytes: Uint8Array | string) => Buffer.from(bytes).toString("base64");
  return {
    apiVersion: "0.0.1",
    kind: "hashedrekord",
    spec: {
      data: { hash: { algorithm: "sha256", value: createHash("sha256").update(payload).digest("hex") } },
      signature: { content: base64(signature), publicKey: { content: base64(signer) } },
    },
  };
}

export interface HashedrekordBody {
  readonly apiVersion: string;
  readonly kind: string;
  readonly spec: {
    readonly data: { readonly hash: { readonly algorithm: string; readonly value: string } };
    readonly signature: { readonly content: string; readonly publicKey: { readonly content: string } };
  };
}

/** The canonical JSON (RFC 8785) that a log signs; its members are already in order. */
export function logPayload(key: SigningKey, body: unknown, integratedTime: number): string {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return JSON.stringify({
    body: Buffer.from(text).toString("base64"),
    integratedTime,
    logID: createHash("sha256").update(key.spki).digest("hex"),
    logIndex: 42,
  });
}

/** A bundle annotation around `payload`, signed by `key` over exactly these bytes. */
export function bundle(key: SigningKey, payload: string): string {
  const signature = Buffer.from(key.sign(Buffer.from(payload))).toString("base64");
  return `{"SignedEntryTimestamp":"${signature}","Payload":${payload}}`;
}
