import { rename, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { CountersignError } from "@countersign/engine/values/error";
import { formatReference } from "@countersign/engine/values/image-reference";
import type { DockerImage } from "@countersign/engine/values/located-image";
import { makeDirectory } from "../files/make-directory.ts";
import { readRegularFile } from "../files/read-file.ts";
import { parseRecord } from "./parse-record.ts";
import { printRecord } from "./print-record.ts";
import { maxRecordSize } from "./record-file.ts";
import type { RecordedImage } from "./recorded-image.ts";

/**
 * Where the evidence of an image is kept: `<directory>/registry.example%3A5000/shop/app%3Av1.json`. A reference has no
 * part that leads elsewhere; its colons are none in the name, as not every file system takes them.
 */
function recordPath(directory: string, { reference }: DockerImage): string {
  return join(directory, `${formatReference(reference).replaceAll(":", "%3A")}.json`);
}

/**
 * Keeps what was recorded of an image, in place of what was before.
 * @returns the file
 * @throws CountersignError EVIDENCE_UNUSABLE when it cannot be written
 */
export async function writeEvidence(directory: string, recorded: RecordedImage): Promise<string> {
  const path = recordPath(directory, recorded.image);
  try {
    await makeDirectory(dirname(path));
    await writeFile(`${path}.new`, printRecord(recorded));
    await rename(`${path}.new`, path);
  } catch (cause) {
    const { message } = CountersignError.from(cause);
    throw new CountersignError("EVIDENCE_UNUSABLE", `cannot write ${path}: ${message}`, { cause });
  }
  return path;
}

/**
 * Gives what was recorded of an image.
 * @throws CountersignError EVIDENCE_UNUSABLE, naming the file
 */
export async function readEvidence(directory: string, image: DockerImage): Promise<RecordedImage> {
  const path = recordPath(directory, image);
  const reading = await readRegularFile(path, maxRecordSize);
  if (reading.type !== "read") throw unusable(`no evidence of the image is kept: ${reading.message}`);
  const recorded = parse(reading.bytes, path);
  if (formatReference(recorded.image.reference) === formatReference(image.reference)) return recorded;
  throw unusable(`${path} is about another image, ${formatReference(recorded.image.reference)}`);
}

function parse(bytes: Uint8Array, path: string): RecordedImage {
  try {
    return parseRecord(bytes);
  } catch (caught) {
    const { code, message } = CountersignError.from(caught);
    throw new CountersignError(code, `${path}: ${message}`, { cause: caught });
  }
}

function unusable(message: string): CountersignError {
  return new CountersignError("EVIDENCE_UNUSABLE", message);
}
