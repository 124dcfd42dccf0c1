import { CountersignError } from "@countersign/engine/values/error";
import { formatReference } from "@countersign/engine/values/image-reference";
import type { AttachmentQuery, UnverifiedSignature } from "@countersign/engine/verify/ports";
import { readAttachments } from "../attachments/read-attachments.ts";
import type { PassedOver, Places } from "./place.ts";

/**
 * What is attached to an image in another repository than its own. A mirror of that repository that has something serves
 * all of it; one that has nothing, or fails, does not speak for the repository itself, which comes last.
 * @throws CountersignError with a registry code, when the last place fails
 */
export async function readElsewhere(
  { places, passedOver }: Places,
  query: AttachmentQuery,
  signal: AbortSignal,
): Promise<readonly UnverifiedSignature[]> {
  const notes: UnverifiedSignature[] = [];
  let last: PassedOver | undefined;
  for (const place of places) {
    last = undefined;
    try {
      const found = await readAttachments(await place.read(signal), query, signal);
      if (found.some(({ type }) => type !== "unreadable")) return found;
      notes.push(...found);
    } catch (caught) {
      const error = CountersignError.from(caught);
      if (error.code === "CANCELLED" || error.code === "DEADLINE_EXCEEDED") throw error;
      last = { name: formatReference(place.physical), error };
    }
  }
  const failure = last ?? (places.length === 0 ? passedOver.at(-1) : undefined);
  if (failure === undefined) return notes;
  const { name, error } = failure;
  throw new CountersignError(error.code, `looking for ${query.kind} in ${name}: ${error.message}`, {
    cause: error,
  });
}
