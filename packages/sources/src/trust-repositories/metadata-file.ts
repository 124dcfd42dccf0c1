import { CountersignError } from "@countersign/engine/values/error";
import { decodeBase64 } from "@countersign/engine/values/strict-base64";
import { parseJson } from "@countersign/engine/values/strict-json";
import { readExactObject } from "@countersign/engine/values/strict-object";
import { exactly, listOf, readText, textAs } from "@countersign/engine/values/strict-value";
import type { KeptMetadata } from "./kept-metadata.ts";

/** What is kept on disk of a repository. */
export interface KeptRepository {
  /** for people; what it is looked up by is the file's name */
  readonly mirror: string;
  /** when the mirror was last asked with success, milliseconds since 1970 */
  readonly checked: number;
  readonly metadata: KeptMetadata;
}

const version = "1";

export function printMetadataFile({ mirror, checked, metadata }: KeptRepository): string {
  const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64");
  const { roots, timestamp, snapshot, targets, target } = metadata;
  const file = {
    trustRepository: version,
    mirror,
    checked: new Date(checked).toISOString(),
    roots: roots.map(base64),
    timestamp: base64(timestamp),
    snapshot: base64(snapshot),
    targets: base64(targets),
    target: base64(target),
  };
  return `${JSON.stringify(file, undefined, 2)}\n`;
}

/** @throws CountersignError TRUST_REPOSITORY_UNUSABLE for what {@link printMetadataFile} did not write */
export function parseMetadataFile(bytes: Uint8Array): KeptRepository {
  const file = readExactObject(parse(bytes), "", refuse, readers);
  if (file === undefined) throw new CountersignError("INTERNAL", "metadata without fault was not read");
  const { mirror, checked, roots, timestamp, snapshot, targets, target } = file;
  return { mirror, checked, metadata: { roots, timestamp, snapshot, targets, target } };
}

const readers = {
  trustRepository: exactly(version),
  mirror: readText,
  checked: textAs(parseTime),
  roots: listOf(textAs(decodeBase64)),
  timestamp: textAs(decodeBase64),
  snapshot: textAs(decodeBase64),
  targets: textAs(decodeBase64),
  target: textAs(decodeBase64),
};

function parse(bytes: Uint8Array) {
  try {
    return parseJson(bytes);
  } catch (error) {
    return refuse("", CountersignError.from(error).message);
  }
}

function parseTime(text: string): number {
  const time = Date.parse(text);
  if (Number.isFinite(time) && new Date(time).toISOString() === text) return time;
  throw new CountersignError("TRUST_REPOSITORY_UNUSABLE", "not a time as it is written here");
}

function refuse(path: string, message: string): never {
  throw new CountersignError("TRUST_REPOSITORY_UNUSABLE", path === "" ? message : `${path}: ${message}`);
}
