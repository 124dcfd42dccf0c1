import { createHash } from "node:crypto";
import { lstat } from "node:fs/promises";
import { readRegularFile } from "../files/read-file.ts";
import { maxRecordSize } from "./record-file.ts";

export function hashOf(content: string | Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}

/** Of all that is in a file; undefined when there is none, or something else in its place: a link is not followed. */
export async function hashAt(path: string): Promise<string | undefined> {
  const found = await lstat(path).catch(() => undefined);
  if (found?.isFile() !== true) return undefined;
  const reading = await readRegularFile(path, maxRecordSize);
  return reading.type === "read" ? hashOf(reading.bytes) : undefined;
}
