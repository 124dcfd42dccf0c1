import { CountersignError } from "@countersign/engine/values/error";
import { readRegularFile } from "@countersign/sources/files/read-file";

/**
 * Reads a file that the command line names.
 * @param by the flag that names it; undefined for an argument
 * @param ifMissing what to do where it is not there
 * @throws CountersignError USAGE, `--key nope: no such file or directory`
 */
export async function readNamedFile(
  path: string,
  limit: number,
  by?: string,
  ifMissing = "name the file that has it",
): Promise<Uint8Array> {
  const reading = await readRegularFile(path, limit);
  if (reading.type === "read") return reading.bytes;
  if (by === undefined) throw new CountersignError("USAGE", reading.message);
  const why = reading.message.replace(/^(?:open|read) /, "");
  const remedy = reading.type === "missing" ? `; ${ifMissing}` : "";
  throw new CountersignError("USAGE", `${by} ${why}${remedy}`);
}
