import { attachmentKey } from "@countersign/engine/verify/fixed-sources";
import type { RecordedAttachments, RecordedImage } from "./recorded-image.ts";

/** As many places as the policies of all namespaces look at for one image. */
const maxAttachments = 32;

/**
 * A recording together with an older one of the same manifest. Neither is believed, and a signature is no worse for its
 * age; what was looked for both times is as it was found last.
 */
export function withOlder(recorded: RecordedImage, older: RecordedImage): RecordedImage {
  const attachments = new Map<string, RecordedAttachments>();
  for (const one of [...older.attachments, ...recorded.attachments]) {
    attachments.set(attachmentKey(one.query), one);
  }
  return {
    ...recorded,
    instances: new Map([...older.instances, ...recorded.instances]),
    signatures: new Map([...older.signatures, ...recorded.signatures]),
    attachments: [...attachments.values()].slice(-maxAttachments),
  };
}
