import type { AttachmentQuery } from "@countersign/engine/verify/ports";

/** What is read at most of one image's signatures or attestations, in one place. Bytes. */
export interface AttachmentLimits {
  /** a bundle, or a layer of a tag */
  readonly blob: number;
  /** of all blobs of one kind of place together; each is hashed, and parsed for each authority */
  readonly total: number;
  /** blobs that are under way at a time, and so in memory besides those that were read */
  readonly batch: number;
}

/** An attestation brings its statement along: an SBOM has megabytes. A signature's statement is a few lines. */
export const attachmentLimits: Readonly<Record<AttachmentQuery["kind"], AttachmentLimits>> = {
  signatures: { blob: 4 * 1024 * 1024, total: 32 * 1024 * 1024, batch: 8 },
  attestations: { blob: 16 * 1024 * 1024, total: 32 * 1024 * 1024, batch: 4 },
};
