import type { Digest } from "@countersign/engine/values/digest";
import type { ErrorCode } from "@countersign/engine/values/error";
import type { SignatureTask } from "@countersign/signing/signature-task";

/** What became of one image that was to be signed, as far as it came. */
export interface SigningReport {
  /** as it was typed */
  readonly image: string;
  /** undefined when it was not found */
  readonly digest: Digest | undefined;
  /** how many images an index leads to; undefined for an image, and for what was not looked into */
  readonly instances: number | undefined;
  readonly signatures: readonly SignatureReport[];
  /** why it did not go on; undefined if all is done */
  readonly failure: { readonly code: ErrorCode; readonly message: string } | undefined;
}

export interface SignatureReport {
  readonly task: SignatureTask;
  readonly outcome: "stored" | "already there" | "dry run";
  /** undefined for what is not stored */
  readonly location: string | undefined;
}
