import { CountersignError } from "@countersign/engine/values/error";
import { parseJson } from "@countersign/engine/values/strict-json";
import type { Report } from "@countersign/engine/values/strict-object";
import { recordOf } from "@countersign/engine/values/strict-record";
import { listOf, readText } from "@countersign/engine/values/strict-value";

const readLedger = recordOf({ files: listOf(readText) }, {});

/** Writes which files are ours. */
export function printOwnership(paths: Iterable<string>): string {
  return `${JSON.stringify({ files: [...new Set(paths)].sort() }, undefined, 2)}\n`;
}

/**
 * @param bytes undefined: there is no ledger yet, so nothing is ours
 * @throws CountersignError CONFIG_INVALID: then what is ours is not known, and nothing may be removed
 */
export function parseOwnership(bytes: Uint8Array | undefined): ReadonlySet<string> {
  if (bytes === undefined) return new Set();
  const refuse: Report = (path, message) => {
    throw unreadable(`${path}: ${message}`);
  };
  try {
    return new Set(readLedger(parseJson(bytes), "", refuse)?.files);
  } catch (error) {
    throw unreadable(CountersignError.from(error).message);
  }
}

function unreadable(why: string): CountersignError {
  return new CountersignError(
    "CONFIG_INVALID",
    `the list of files that countersign sync wrote cannot be read (${why}); remove it, and the files it would name`,
  );
}
