import { hash } from "node:crypto";
import { quote } from "../../values/go-format.ts";
import { decodeBase64 } from "../../values/strict-base64.ts";
import { sameBytes } from "../certificate-pool.ts";
import { refuse } from "../invalid.ts";
import { keyHash } from "../key-hash.ts";
import type { PublicKey } from "../public-key.ts";
import { isSignedBy } from "./check-signed-data.ts";
import type { TransparencyLog } from "./trusted-root.ts";

/** What a log says it is at some time: so many entries, with that root. A signed note (C2SP tlog-checkpoint). */
export interface Checkpoint {
  readonly origin: string;
  readonly size: bigint;
  readonly rootHash: Uint8Array;
  /** what is signed */
  readonly text: string;
  readonly signatures: readonly NoteSignature[];
}

/** One line: by whom it says to be, and of which key. */
export interface NoteSignature {
  readonly name: string;
  readonly hint: Uint8Array;
  readonly signature: Uint8Array;
}

/**
 * Reads a signed note whose text is a checkpoint.
 * Source: C2SP signed-note and tlog-checkpoint.
 * @throws CountersignError SIGNATURE_INVALID
 */
export function parseCheckpoint(note: string): Checkpoint {
  if (note.length > maxLength) refuse(`checkpoint: over ${maxLength} characters`);
  const blank = note.lastIndexOf("\n\n");
  if (blank === -1 || !note.endsWith("\n")) refuse("checkpoint: no blank line before the signatures");
  const text = note.slice(0, blank + 1);
  // some readers end the text at its first blank line: it must not have two ends
  if (note.indexOf("\n\n") !== blank) refuse("checkpoint: a line of its text is empty");
  const [origin = "", size = "", root = ""] = text.split("\n");
  if (origin === "") refuse("checkpoint: there is no origin");
  if (!/^(?:0|[1-9][0-9]{0,18})$/.test(size)) refuse("checkpoint: the size of the tree is no number");
  // other readers of base64 mind neither line ends in it nor bits that are left over
  const rootHash = /^[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$/.test(root) ? tryBase64(root) : undefined;
  if (rootHash?.length !== 32) return refuse("checkpoint: the root is no SHA-256 hash");
  const lines = note.slice(blank + 2, -1).split("\n");
  if (lines.length > maxSignatures) refuse(`checkpoint: more than ${maxSignatures} signatures`);
  return { origin, size: BigInt(size), rootHash, text, signatures: lines.map(readSignature) };
}

const maxLength = 64 * 1024;
/** Witnesses sign too; there are some dozens of them in the world. */
const maxSignatures = 100;

function readSignature(line: string): NoteSignature {
  const [, name = "", base64 = ""] = /^\u2014 ([^ +]+) ([A-Za-z0-9+/=]+)$/.exec(line) ?? [];
  const bytes = name === "" ? undefined : tryBase64(base64);
  if (bytes === undefined || bytes.length < 5) return refuse("checkpoint: a signature line is malformed");
  return { name, hint: bytes.subarray(0, 4), signature: bytes.subarray(4) };
}

function tryBase64(text: string): Uint8Array | undefined {
  try {
    return decodeBase64(text);
  } catch {
    return undefined;
  }
}

/**
 * Requires the checkpoint to be the log's: its origin, and signed with the log's key. Lines of others (witnesses, keys
 * that the trusted root does not know) prove nothing here and are left alone.
 * @throws CountersignError SIGNATURE_INVALID
 */
export function requireCheckpointOf({ origin, key }: TransparencyLog, checkpoint: Checkpoint): void {
  if (origin !== undefined && !isOrigin(checkpoint.origin, origin)) {
    refuse(`checkpoint: its origin is ${quote(checkpoint.origin)}, not ${origin}`);
  }
  const own = checkpoint.signatures.filter(
    ({ name, hint }) =>
      (origin === undefined || isHost(name, origin)) && sameBytes(noteKeyId(key, name).subarray(0, 4), hint),
  );
  if (own.length === 0) refuse("checkpoint: no signature is of the log's key");
  const bytes = Buffer.from(checkpoint.text);
  for (const { signature } of own) {
    if (!isSignedBy(key, { type: "bytes", bytes }, signature, undefined)) {
      refuse("checkpoint: the log's signature does not verify");
    }
  }
}

/** Rekor v1 puts the number of its tree behind its name. */
function isOrigin(line: string, host: string): boolean {
  const [, name = line] = /^(.+) - \d+$/.exec(line) ?? [];
  return isHost(name, host);
}

/** A log that serves at a port may call itself with it or without. */
function isHost(name: string, host: string): boolean {
  return name === host || name === host.replace(/:\d+$/, "");
}

/** By what a note names a key: for Ed25519 it depends on the signer's name, for other keys it does not. */
export function noteKeyId(key: PublicKey, name: string): Uint8Array {
  if (key.type !== "ed25519") return keyHash(key, key.spki);
  const rawKey = key.spki.subarray(-32);
  return hash("sha256", Buffer.concat([Buffer.from(`${name}\n`), Buffer.of(1), rawKey]), "buffer");
}
