import { join } from "node:path";
import { CountersignError } from "@countersign/engine/values/error";
import { parseJson } from "@countersign/engine/values/strict-json";
import type { Report } from "@countersign/engine/values/strict-object";
import { recordOf } from "@countersign/engine/values/strict-record";
import { listOf, readText } from "@countersign/engine/values/strict-value";
import { readRegularFile } from "@countersign/sources/files/read-file";

/** In a directory of state, the list of the files that are its sync's. */
export const ledgerName = "owned-files.json";

/** More than a hundred thousand paths. */
const maxLedgerSize = 64 * 1024 * 1024;

/** @throws CountersignError CONFIG_INVALID, as {@link parseOwnership} */
export async function readOwnership(directory: string): Promise<ReadonlySet<string>> {
  const path = join(directory, ledgerName);
  const reading = await readRegularFile(path, maxLedgerSize);
  if (reading.type === "failed") throw unreadable(path, reading.message);
  return parseOwnership(reading.type === "read" ? reading.bytes : undefined, path);
}

const readLedger = recordOf({ files: listOf(readText) }, {});

/** Writes which files are ours. */
export function printOwnership(paths: Iterable<string>): string {
  return `${JSON.stringify({ files: [...new Set(paths)].sort() }, undefined, 2)}\n`;
}

/**
 * @param bytes undefined: there is no ledger yet, so nothing is ours
 * @throws CountersignError CONFIG_INVALID: then what is ours is not known, and nothing may be removed
 */
export function parseOwnership(bytes: Uint8Array | undefined, path: string): ReadonlySet<string> {
  if (bytes === undefined) return new Set();
  const refuse: Report = (place, message) => {
    throw new CountersignError("CONFIG_INVALID", `${place}: ${message}`);
  };
  try {
    return new Set(readLedger(parseJson(bytes), "", refuse)?.files);
  } catch (error) {
    throw unreadable(path, CountersignError.from(error).message);
  }
}

function unreadable(path: string, why: string): CountersignError {
  return new CountersignError(
    "CONFIG_INVALID",
    `${path}, the list of files that countersign sync wrote, cannot be read (${why}); remove it, and the files it would name`,
  );
}
