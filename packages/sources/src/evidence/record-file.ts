import { lstat } from "node:fs/promises";
import { type Digest, digestOf } from "@countersign/engine/values/digest";
import { CountersignError } from "@countersign/engine/values/error";
import { readRegularFile } from "../files/read-file.ts";
import { parseRecord } from "./parse-record.ts";
import type { RecordedImage } from "./recorded-image.ts";

/** One file's limit: the manifests and signatures that sources read of one image, as JSON text, and room to spare. */
export const maxRecordSize = 64 * 1024 * 1024;

/**
 * Reads one record. A symbolic link is not followed: whoever may write one file of a directory of evidence must not have
 * another read.
 * @throws CountersignError EVIDENCE_UNUSABLE
 */
export async function readRecord(path: string): Promise<RecordedImage> {
  const found = await lstat(path).catch(() => undefined);
  if (found?.isSymbolicLink()) throw unusable("it is a symbolic link");
  const reading = await readRegularFile(path, maxRecordSize);
  if (reading.type !== "read") throw unusable(reading.message);
  return parseRecord(reading.bytes);
}

/** @throws CountersignError EVIDENCE_UNUSABLE, also when the record is not about that manifest or index */
export async function readRecordOf(path: string, digest: Digest): Promise<RecordedImage> {
  const recorded = await readRecord(path);
  if (digestOf(recorded.manifest.bytes) === digest) return recorded;
  throw unusable("it is about another manifest");
}

function unusable(message: string): CountersignError {
  return new CountersignError("EVIDENCE_UNUSABLE", message);
}
