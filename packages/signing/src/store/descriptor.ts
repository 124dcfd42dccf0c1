import type { Digest } from "@countersign/engine/values/digest";

/** What a manifest says of another. */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  /** bytes */
  readonly size: number;
}
