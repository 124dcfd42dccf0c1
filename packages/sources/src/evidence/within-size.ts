import { attachmentKey } from "@countersign/engine/verify/fixed-sources";
import { printRecord } from "./print-record.ts";
import type { RecordedAttachments, RecordedImage } from "./recorded-image.ts";

/**
 * As much of a recording together with an older one as one file may have. The largest attachments go first, the older of two as
 * large, and where the older recording had fewer in that place these stay: whoever can push beside an image could put so much
 * there, for one policy that asks for it, that no other policy's signature had room beside it.
 * @param both what {@link withOlder} made of them
 * @param limit bytes of the file
 * @returns undefined where all attachments gone would not be enough
 */
export function withinSize(
  both: RecordedImage,
  older: RecordedImage,
  limit: number,
): RecordedImage | undefined {
  const before = new Map(older.attachments.map((one) => [attachmentKey(one.query), one]));
  const nothing = { ...both, instances: new Map(), signatures: new Map(), attachments: [] };
  const least = bytesOf(nothing);
  /** about: what is in two places is written once */
  const measured = (one: RecordedAttachments) => ({
    one,
    size: bytesOf({ ...nothing, attachments: [one] }) - least,
  });
  let excess = bytesOf(both) - limit;
  if (excess <= 0) return both;
  const left = new Map(both.attachments.map((one) => [attachmentKey(one.query), measured(one)]));
  while (excess > 0) {
    const [largest] = [...left].toSorted(([, a], [, b]) => b.size - a.size);
    if (largest === undefined) break;
    const [key, { size }] = largest;
    const had = before.get(key);
    const instead = had && measured(had);
    before.delete(key);
    if (instead !== undefined && instead.size < size) left.set(key, instead);
    else left.delete(key);
    excess -= size - (left.get(key)?.size ?? 0);
  }
  const less = { ...both, attachments: [...left.values()].map(({ one }) => one) };
  return bytesOf(less) > limit ? undefined : less;
}

function bytesOf(recorded: RecordedImage): number {
  return Buffer.byteLength(printRecord(recorded));
}
