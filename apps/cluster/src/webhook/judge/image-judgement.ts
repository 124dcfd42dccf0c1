import type { Digest } from "@countersign/engine/values/digest";
import type { DenialCode } from "@countersign/engine/verify/denial-code";
import type { Warning } from "@countersign/engine/verify/warnings";

/** What the policies say of an image. Being unable to say is an error. */
export type ImageJudgement = {
  /** of the manifest its name leads to; undefined for a tag whose image nobody had to look at */
  readonly digest: Digest | undefined;
  /** `ClusterImagePolicy signed`: those that match it; empty: none does */
  readonly policies: readonly string[];
  readonly warnings: readonly Warning[];
} & (
  | { readonly allowed: true }
  | { readonly allowed: false; readonly code: DenialCode; readonly message: string }
);
