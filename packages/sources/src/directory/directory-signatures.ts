import { CountersignError } from "@countersign/engine/values/error";
import type { UnverifiedSignature } from "@countersign/engine/verify/ports";
import { refuseIfCancelled } from "../cancellation.ts";
import { readRegularFile } from "../files/read-file.ts";
import { maxSignatureBlob, readSignatureBlob } from "../signature-blob/read-signature-blob.ts";

/** As many as are read of a registry, and as much: the judge hashes all of it. */
const maxSignatures = 1000;
const maxTotalSize = 32 * 1024 * 1024;

/**
 * Every signature of a manifest: the files of its numbers, to the first that is missing. One that cannot be read spoils
 * them all.
 * Source: containers/image directory/directory_src.go, GetSignaturesWithFormat.
 * @param file - where the signature of a number is, from 1
 * @throws CountersignError SIGNATURE_UNREADABLE or TOO_LARGE
 */
export async function readDirectorySignatures(
  file: (number: number) => string,
  signal: AbortSignal,
): Promise<readonly UnverifiedSignature[]> {
  const signatures: UnverifiedSignature[] = [];
  let total = 0;
  for (;;) {
    refuseIfCancelled(signal);
    const path = file(signatures.length + 1);
    const reading = await readRegularFile(path, maxSignatureBlob);
    if (reading.type === "missing") return signatures;
    if (reading.type !== "read") throw new CountersignError("SIGNATURE_UNREADABLE", reading.message);
    if (signatures.length === maxSignatures) {
      throw tooLarge(`there is ${path}, and so more signatures than the ${maxSignatures} that are read`);
    }
    total += reading.bytes.length;
    if (total > maxTotalSize) throw tooLarge(`signatures up to ${path} exceed ${maxTotalSize} bytes`);
    signatures.push(readSignatureBlob(reading.bytes, path));
  }
}

function tooLarge(message: string): CountersignError {
  return new CountersignError("TOO_LARGE", message);
}
