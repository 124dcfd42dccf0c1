import type { DockerImage } from "@countersign/engine/values/located-image";
import type { Platform } from "@countersign/engine/values/manifest";
import type { FixedImage } from "@countersign/engine/verify/fixed-sources";
import type { AttachmentQuery, UnverifiedSignature } from "@countersign/engine/verify/ports";

/** An image as it was found: what a judgement asks of it. */
export interface RecordedImage extends Required<Omit<FixedImage, "attachments">> {
  readonly image: DockerImage;
  /** for which an instance was looked for, if it is an index */
  readonly platforms: readonly Platform[];
  /** when it was found, in milliseconds since 1970 */
  readonly at: number;
  /** each query once; what was never asked for is not known to be nothing */
  readonly attachments: readonly RecordedAttachments[];
}

/** What cosign had attached in one place: to a manifest, or to the index that led to it. */
export interface RecordedAttachments {
  readonly query: AttachmentQuery;
  readonly found: readonly UnverifiedSignature[];
}
