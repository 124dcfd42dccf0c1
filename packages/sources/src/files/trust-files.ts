import { CountersignError } from "@countersign/engine/values/error";
import type { TrustFiles } from "@countersign/engine/verify/ports";
import { refuseIfCancelled } from "../cancellation.ts";
import { readRegularFile } from "./read-file.ts";

/** A bundle of every public CA is a quarter of this. */
const maxTrustFileSize = 1024 * 1024;

/** Keys and CAs from disk, read anew each time: a rotated key counts from the next question on. */
export const trustFiles: TrustFiles = {
  async read(path, signal) {
    refuseIfCancelled(signal);
    const reading = await readRegularFile(path, maxTrustFileSize);
    if (reading.type === "read") return reading.bytes;
    throw new CountersignError("TRUST_FILE_UNREADABLE", reading.message);
  },
};
