import { CountersignError } from "@countersign/engine/values/error";

/** As many as an index with thirty thousand entries has. */
const maxParts = 500_000;

const [comma, colon, bracket, brace] = Buffer.from(",:[{");

/**
 * Refuses JSON that is small to send and large to read: four megabytes of `{},{},…` become hundreds of megabytes of
 * objects, and whoever holds an image's repository chooses them. What stands inside texts is counted too.
 * @throws CountersignError TOO_LARGE
 */
export function requireBoundedJson(bytes: Uint8Array): void {
  if (bytes.length <= maxParts) return;
  const parts = countJsonParts(bytes);
  if (parts > maxParts)
    throw new CountersignError(
      "TOO_LARGE",
      `it has ${parts} JSON values and names, more than the ${maxParts} that are read`,
    );
}

/** At least as many values and names as there are. */
export function countJsonParts(bytes: Uint8Array): number {
  let parts = 0;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte === comma || byte === colon || byte === bracket || byte === brace) parts++;
  }
  return parts;
}
