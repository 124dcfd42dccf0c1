import { CountersignError } from "@countersign/engine/values/error";
import { readRegularFile } from "@countersign/sources/files/read-file";

/**
 * Reads a file that the command line names.
 * @throws CountersignError USAGE
 */
export async function readNamedFile(path: string, limit: number): Promise<Uint8Array> {
  const reading = await readRegularFile(path, limit);
  if (reading.type === "read") return reading.bytes;
  throw new CountersignError("USAGE", reading.message);
}
