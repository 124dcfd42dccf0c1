import { CountersignError } from "@countersign/engine/values/error";
import type { UnreadableAttachment } from "@countersign/engine/verify/ports";

export function unreadable(location: string, reason: string): UnreadableAttachment {
  return { type: "unreadable", location, reason };
}

/**
 * What `read` gives, or a note of what it could not: whatever whoever may push to a repository can have caused, such as a
 * manifest that is none, or a blob that is too large or missing. Trouble with the registry itself stays an error.
 */
export async function noting<T>(location: string, read: () => Promise<T>): Promise<T | UnreadableAttachment> {
  try {
    return await read();
  } catch (caught) {
    const { code, message } = CountersignError.from(caught);
    if (!causedByContent.has(code)) throw caught;
    return unreadable(location, message);
  }
}

const causedByContent: ReadonlySet<string> = new Set([
  "JSON_INVALID",
  "MANIFEST_INVALID",
  "REGISTRY_NOT_FOUND",
  "TOO_LARGE",
]);

/** More notes than anyone reads; whoever pushes thousands of broken referrers does not fill our memory with them. */
const maxNotes = 20;

/** The first of them, and how many more there are. */
export function boundedNotes(
  location: string,
  notes: readonly UnreadableAttachment[],
): readonly UnreadableAttachment[] {
  if (notes.length <= maxNotes) return notes;
  const more = `${notes.length - maxNotes} more could not be read`;
  return [...notes.slice(0, maxNotes), unreadable(location, more)];
}
