import { sameBytes } from "../certificate-pool.ts";
import type { CertificateWork } from "../certificate-work.ts";
import { refuse, refusing } from "../invalid.ts";
import { isSignedBy } from "./check-signed-data.ts";
import { noteKeyId, parseCheckpoint, requireCheckpointOf } from "./checkpoint.ts";
import { leafHash, rootOf } from "./inclusion-proof.ts";
import { momentText } from "./moment.ts";
import { readLoggedSignature } from "./read-logged-signature.ts";
import { type GoodSignature, requireSameSignature } from "./require-same-signature.ts";
import type { InclusionProof, LogEntry } from "./signed-entity.ts";
import type { TransparencyLog } from "./trusted-root.ts";
import { contains } from "./validity-window.ts";

/** An entry of a trusted log, verified: the log took the signature. */
export interface VerifiedLogEntry {
  readonly log: TransparencyLog;
  /** seconds since 1970, where the log promised it; undefined where it only proves that it took the entry */
  readonly time: number | undefined;
}

export interface LogQuestion {
  readonly good: GoodSignature;
  /** when the signature was made, as others than the log say; the log's key must have been valid then */
  readonly times: readonly number[];
  readonly work: CertificateWork;
}

/**
 * Verifies the entries of all logs that are trusted; those of others prove nothing and are passed over. What a trusted
 * log is made out to say must be true: one false entry refuses the entity.
 * Source: sigstore/architecture-docs client-spec.md §4.1.
 * @throws CountersignError SIGNATURE_INVALID, naming the entry, counted from 1
 */
export function verifyLogEntries(
  entries: readonly LogEntry[],
  logs: readonly TransparencyLog[],
  { good, times, work }: LogQuestion,
): readonly VerifiedLogEntry[] {
  refuseDoubled(entries);
  return entries.flatMap((entry, at) => {
    const candidates = logs.filter((log) => isOf(entry, log));
    if (candidates.length === 0) return [];
    return refusing(`log entry ${at + 1}: `, () => [verifyEntry(entry, candidates, { good, times, work })]);
  });
}

/** Copies of one entry would be counted as several. */
function refuseDoubled(entries: readonly LogEntry[]): void {
  const seen = new Set<string>();
  for (const [at, { logId, logIndex }] of entries.entries()) {
    const id = `${Buffer.from(logId).toString("hex")} ${logIndex}`;
    if (seen.has(id)) refuse(`log entry ${at + 1}: it is there twice`);
    seen.add(id);
  }
}

/** A policy's bare key does not know by which name the log goes, and so not which id it gives itself. */
function isOf({ logId, proof }: LogEntry, { id, key, origin }: TransparencyLog): boolean {
  if (sameBytes(logId, id)) return true;
  if (origin !== undefined || proof === undefined) return false;
  const [name = ""] = proof.checkpoint.split("\n", 1);
  return sameBytes(logId, noteKeyId(key, name));
}

/** @param logs with the entry's id: a key whose window was closed and opened again comes twice */
function verifyEntry(
  entry: LogEntry,
  logs: readonly TransparencyLog[],
  { good, times, work }: LogQuestion,
): VerifiedLogEntry {
  const { promise, proof } = entry;
  work.spend(2);
  const time = promise === undefined ? undefined : Number(entry.integratedTime);
  const log = logTrustedAt(logs, time === undefined ? times : [time]);
  if (promise !== undefined) requirePromise(entry, promise, log);
  if (proof !== undefined) requireProof(entry, proof, log);
  if (promise === undefined && proof === undefined) refuse("it has neither promise nor proof");
  requireSameSignature(readLoggedSignature(entry), good);
  return { log, time };
}

function logTrustedAt(logs: readonly TransparencyLog[], times: readonly number[]): TransparencyLog {
  const trusted = logs.find(({ window }) => times.every((time) => contains(window, time)));
  return trusted ?? refuse(`its log's key is not valid at its time, ${times.map(momentText).join(", ")}`);
}

/** The signed entry timestamp: over the canonical JSON (RFC 8785) of the entry, whose members are in order here. */
function requirePromise(entry: LogEntry, promise: Uint8Array, { key }: TransparencyLog): void {
  const body = Buffer.from(entry.body).toString("base64");
  const logId = Buffer.from(entry.logId).toString("hex");
  const bytes = Buffer.from(
    `{"body":"${body}","integratedTime":${entry.integratedTime},"logID":"${logId}","logIndex":${entry.logIndex}}`,
  );
  if (!isSignedBy(key, { type: "bytes", bytes }, promise, undefined)) refuse("its promise does not verify");
}

function requireProof(entry: LogEntry, proof: InclusionProof, log: TransparencyLog): void {
  const checkpoint = parseCheckpoint(proof.checkpoint);
  requireCheckpointOf(log, checkpoint);
  if (checkpoint.size !== proof.treeSize) {
    refuse(
      `inclusion proof: it is of a tree of ${proof.treeSize}, the checkpoint of one of ${checkpoint.size}`,
    );
  }
  if (!sameBytes(checkpoint.rootHash, proof.rootHash)) {
    refuse("inclusion proof: its root is not that of the checkpoint");
  }
  if (isOfSecondRekor(entry) && proof.logIndex !== entry.logIndex) {
    refuse(`inclusion proof: it is of entry ${proof.logIndex}, not ${entry.logIndex}`);
  }
  const root = rootOf(leafHash(entry.body), proof.logIndex, checkpoint.size, proof.hashes);
  if (root === undefined || !sameBytes(root, checkpoint.rootHash)) {
    refuse("inclusion proof: it does not lead to the root of the tree");
  }
}

/** Rekor v1 counts entries over all its trees, and in a proof those of one tree. */
function isOfSecondRekor({ kind, version }: LogEntry): boolean {
  return version === "0.0.2" && kind !== "intoto";
}
