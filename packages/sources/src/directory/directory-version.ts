import { CountersignError } from "@countersign/engine/values/error";
import { quote } from "@countersign/engine/values/go-format";
import { refuseIfCancelled } from "../cancellation.ts";
import { readRegularFile } from "../files/read-file.ts";

/** It has one line. */
const maxVersionFile = 4096;

/** Anything else is not repeated: whose image it is may have put a link to one of our own files there. */
const looksLikeOne = /^(?:Directory Transport Version:[ \w.+-]{0,32})?\n?$/;

/** The newest, which differs from 1.1 in how digests other than sha256 name files. */
const newest = { major: 1, minor: 2 };

/**
 * Refuses a directory that says it is of a later version than is known; one that says nothing is as old as any.
 * Source: containers/image directory/version.go.
 * @param directory - for the message
 * @throws CountersignError IMAGE_UNREADABLE
 */
export async function checkDirectoryVersion(
  path: string,
  directory: string,
  signal: AbortSignal,
): Promise<void> {
  refuseIfCancelled(signal);
  const reading = await readRegularFile(path, maxVersionFile);
  if (reading.type === "missing") return;
  if (reading.type !== "read") throw unreadable(`reading version file ${quote(path)}: ${reading.message}`);
  const text = Buffer.from(reading.bytes).toString("latin1");
  const [, major, minor] =
    /^Directory Transport Version: (0|[1-9]\d{0,8})\.(0|[1-9]\d{0,8})\n$/.exec(text) ?? [];
  if (major === undefined || minor === undefined) {
    throw unreadable(`invalid version file content${looksLikeOne.test(text) ? `: ${quote(text)}` : ""}`);
  }
  const isLater =
    Number(major) > newest.major || (Number(major) === newest.major && Number(minor) > newest.minor);
  if (isLater) throw unreadable(`unsupported directory transport version ${quote(text)} at ${directory}`);
}

function unreadable(message: string): CountersignError {
  return new CountersignError("IMAGE_UNREADABLE", message);
}
