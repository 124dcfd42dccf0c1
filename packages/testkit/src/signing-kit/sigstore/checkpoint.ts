import { createHash } from "node:crypto";
import type { SigningKey } from "../signing-key.ts";

/** Who signs notes under a name (C2SP signed-note). */
export interface NoteSigner {
  readonly name: string;
  /** what the log is known by: the key's hint is how it begins */
  readonly keyId: Uint8Array;
  /** @returns what follows the hint in a signature line */
  sign(text: string): Uint8Array;
}

/** A log's own signature: ECDSA with SHA-256, its hint that of the key alone, or Ed25519, its hint of name and key. */
export function noteSigner(name: string, key: SigningKey): NoteSigner {
  return { name, keyId: noteKeyId(name, key, 0x01), sign: (text) => key.sign(Buffer.from(text)) };
}

/** A witness's signature (C2SP tlog-cosignature v1), over the note and the time in seconds since 1970. */
export function witness(name: string, key: SigningKey, time: number): NoteSigner {
  const seconds = Buffer.alloc(8);
  seconds.writeBigUInt64BE(BigInt(time));
  return {
    name,
    keyId: noteKeyId(name, key, 0x04),
    sign: (text) => Buffer.concat([seconds, key.sign(Buffer.from(`cosignature/v1\ntime ${time}\n${text}`))]),
  };
}

/** What a checkpoint says (C2SP tlog-checkpoint); undefined leaves a line out. */
export interface CheckpointProfile {
  readonly origin: string | undefined;
  readonly size: number | string | undefined;
  readonly root: Uint8Array | undefined;
  readonly furtherLines?: readonly string[];
}

export function checkpointText({ origin, size, root, furtherLines = [] }: CheckpointProfile): string {
  const base64 = root === undefined ? undefined : Buffer.from(root).toString("base64");
  const lines = [origin, size, base64, ...furtherLines].filter((line) => line !== undefined);
  return lines.map((line) => `${line}\n`).join("");
}

export function signNote(text: string, signers: readonly NoteSigner[]): string {
  return `${text}\n${signers.map((signer) => signatureLine(signer.name, signer.keyId, signer.sign(text))).join("")}`;
}

/** @param keyId the hint is how it begins */
export function signatureLine(name: string, keyId: Uint8Array, signature: Uint8Array): string {
  return `\u2014 ${name} ${Buffer.concat([keyId.subarray(0, 4), signature]).toString("base64")}\n`;
}

function noteKeyId(name: string, { kind, spki }: SigningKey, algorithm: number): Uint8Array {
  if (kind !== "ed25519") return createHash("sha256").update(spki).digest();
  const rawKey = spki.subarray(-32);
  return createHash("sha256").update(`${name}\n`).update(Buffer.of(algorithm)).update(rawKey).digest();
}
